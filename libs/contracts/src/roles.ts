import { z } from 'zod';

/** Roles that a token can hold. What each may do is the server's policy table and the playbook's steps. */
export const roles = [
  'administrator',
  'coordinator',
  'responder',
  'approver',
  'privacy-officer',
  'communications',
  'system-owner',
  'playbook-author',
  'auditor',
  'observer',
] as const;

export const Role = z.enum(roles).meta({ id: 'Role', description: 'What a person may do.' });
export type Role = z.infer<typeof Role>;
