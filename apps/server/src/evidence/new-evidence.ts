import type { EvidenceUpload } from '@cordon/contracts';
import type { NewEvidence } from '@cordon/runtime';
import type { Request } from 'express';
import { defined } from '../http/defined.js';
import { nameOf } from './evidence-name.js';
import { uploadBytes } from './upload-bytes.js';

/** What curl says when nobody told it what it sends. */
const UNTOLD = 'application/x-www-form-urlencoded';
const MEDIA_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/;

/** What an upload asks for: the body is the file, everything else is beside it. */
export function newEvidenceOf(request: Request, key: string, query: EvidenceUpload): NewEvidence {
  const { name, ...rest } = query;
  const type = (request.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  const length = request.get('content-length');
  return defined({
    ...rest,
    key,
    name: nameOf(name, request.get('x-evidence-name')),
    declared: MEDIA_TYPE.test(type) && type !== UNTOLD ? type : undefined,
    expectedBytes: length === undefined ? undefined : Number(length),
    bytes: uploadBytes(request),
  });
}
