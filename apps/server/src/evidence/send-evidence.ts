import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { OpenedEvidence } from '@cordon/runtime';
import type { Request, Response } from 'express';
import { AlteredEvidenceError } from '@cordon/runtime';
import { dispositionOf } from './evidence-name.js';

type Opened = Extract<OpenedEvidence, { ok: true }>;

/**
 * Sends a file to be saved, never to be shown: whatever it is, a browser takes it for bytes. All of it or a broken
 * connection: parts (Range) cannot be held against the hash, so none are served.
 */
export async function sendEvidence(opened: Opened, request: Request, response: Response): Promise<void> {
  const { item, sizeBytes } = opened;
  const name = item.quarantined ? `${item.name}.quarantined` : item.name;
  response.setHeader('Content-Type', 'application/octet-stream');
  response.setHeader('Content-Disposition', dispositionOf(name));
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Content-Security-Policy', "sandbox; default-src 'none'");
  response.setHeader('Content-Length', String(sizeBytes));
  response.setHeader('Accept-Ranges', 'none');
  response.setHeader('Repr-Digest', `sha-256=:${Buffer.from(item.sha256 ?? '', 'hex').toString('base64')}:`);
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  try {
    await pipeline(Readable.from(opened.read()), response);
  } catch (error) {
    // Who goes away before the end has the entry of it all the same; a file that is not the one is our matter.
    if (error instanceof AlteredEvidenceError || !request.destroyed) throw error;
  }
}
