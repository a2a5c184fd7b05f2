import { z } from 'zod';
import { limits } from './limits.js';
import { Instant, Line } from './primitives.js';
import { Role, roles } from './roles.js';

export const NewToken = z
  .strictObject({
    name: Line.meta({ description: 'Who holds it: each token is its own person.' }),
    roles: z
      .array(Role)
      .min(1)
      .max(roles.length)
      .refine((held) => new Set(held).size === held.length, { error: 'must name each role once' }),
    expiresAt: Instant.optional(),
    scopes: z
      .array(z.string().max(limits.id))
      .min(1)
      .max(100)
      .refine((named) => new Set(named).size === named.length, { error: 'must name each action once' })
      .optional()
      .meta({
        description: 'Actions that it is limited to, within what its roles may do, such as `incident.read`.',
      }),
  })
  .meta({ id: 'NewToken' });
export type NewToken = z.infer<typeof NewToken>;

export const IssuedToken = z
  .object({ id: z.string(), token: z.string().meta({ description: 'Shown this once.' }) })
  .meta({ id: 'IssuedToken' });

export const TokenLine = z
  .object({
    id: z.string(),
    name: z.string(),
    roles: z.array(z.string()),
    scopes: z.array(z.string()).optional(),
    createdAt: z.string(),
    createdBy: z.string().optional(),
    expiresAt: z.string().optional(),
    revokedAt: z.string().optional(),
  })
  .meta({ id: 'Token' });

export const TokenList = z.object({ items: z.array(TokenLine) }).meta({ id: 'TokenList' });
