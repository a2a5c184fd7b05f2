import { z } from 'zod';
import { limits } from './limits.js';
import { Line } from './primitives.js';
import { Role, roles } from './roles.js';

/** What somebody signs in with: an e-mail address or a name without spaces. Case does not matter. */
const Login = z
  .string()
  .min(3)
  .max(254)
  .regex(/^\S+$/, { error: 'must be an e-mail address or a name without spaces' })
  .meta({ description: 'An e-mail address, or a name without spaces; case does not matter.' });

const Password = z.string().min(1).max(200);
const Email = z.email({ error: 'must be an e-mail address' }).max(254);
const LinkToken = z
  .string()
  .regex(/^[A-Za-z0-9_-]{43}$/, { error: 'must be what follows # in the link' })
  .meta({ description: 'What follows # in the link.' });
const OneTimeCode = z.string().regex(/^\d{6}$/, { error: 'must be six digits' });
const base64url = z
  .string()
  .max(8_192)
  .regex(/^[A-Za-z0-9_-]*$/, { error: 'must be base64url' });

const Roles = z
  .array(Role)
  .max(roles.length)
  .refine((held) => new Set(held).size === held.length, { error: 'must name each role once' });

/** What the browser's authenticator made (WebAuthn Level 3, RegistrationResponseJSON), as far as it is read. */
const NewPasskeyAnswer = z
  .object({
    id: base64url.min(1),
    rawId: base64url.min(1),
    type: z.literal('public-key'),
    response: z.object({
      clientDataJSON: base64url.min(1),
      attestationObject: base64url.min(1),
      transports: z.array(z.string().max(20)).max(10).optional(),
    }),
  })
  .meta({
    id: 'NewPasskeyAnswer',
    description: 'RegistrationResponseJSON of WebAuthn; more members are not read.',
  });
export type NewPasskeyAnswer = z.infer<typeof NewPasskeyAnswer>;

/** What the browser's authenticator signed (AuthenticationResponseJSON), as far as it is read. */
const PasskeyAnswer = z
  .object({
    id: base64url.min(1),
    rawId: base64url.min(1),
    type: z.literal('public-key'),
    response: z.object({
      clientDataJSON: base64url.min(1),
      authenticatorData: base64url.min(1),
      signature: base64url.min(1),
    }),
  })
  .meta({
    id: 'PasskeyAnswer',
    description: 'AuthenticationResponseJSON of WebAuthn; more members are not read.',
  });
export type PasskeyAnswer = z.infer<typeof PasskeyAnswer>;

/** Both at once, and one answer for both: nobody learns which of them was wrong. */
export const PasswordSignIn = z
  .strictObject({
    login: Login,
    password: Password,
    code: z.string().min(6).max(40).meta({ description: 'Six digits, or a recovery code.' }),
  })
  .meta({ id: 'PasswordSignIn' });
export type PasswordSignIn = z.infer<typeof PasswordSignIn>;

export const PasskeySignIn = z.strictObject({ response: PasskeyAnswer }).meta({ id: 'PasskeySignIn' });
export type PasskeySignIn = z.infer<typeof PasskeySignIn>;

/** A body without members: browsers send one so that no form of another site can. */
export const Nothing = z.strictObject({}).meta({ id: 'Nothing' });

export const PasskeyOptions = z
  .object({ options: z.record(z.string(), z.unknown()) })
  .meta({ id: 'PasskeyOptions', description: 'For navigator.credentials, as JSON.' });

export const Whoami = z
  .object({
    id: z.string(),
    name: z.string().optional(),
    roles: z.array(z.string()),
    may: z
      .record(z.string(), z.enum(['any', 'own']))
      .meta({ description: 'Actions, on any incident or on one’s own.' }),
    session: z.object({ id: z.string(), method: z.string() }).optional(),
  })
  .meta({ id: 'Whoami' });

const Session = z
  .object({
    id: z.string(),
    method: z.string(),
    userAgent: z.string().optional(),
    createdAt: z.string(),
    lastSeenAt: z.string(),
    expiresAt: z.string(),
    current: z.boolean(),
  })
  .meta({ id: 'Session' });
export const SessionList = z.object({ items: z.array(Session) }).meta({ id: 'SessionList' });

export const SessionQuery = z.strictObject({ person: z.string().min(1).max(limits.id).optional() });
export type SessionQuery = z.infer<typeof SessionQuery>;

export const NewPerson = z
  .strictObject({ name: Line, email: Email.optional(), roles: Roles.min(1) })
  .meta({ id: 'NewPerson' });
export type NewPerson = z.infer<typeof NewPerson>;

export const PersonChange = z
  .strictObject({ roles: Roles.optional(), disabled: z.boolean().optional() })
  .refine((change) => Object.keys(change).length > 0, { error: 'must change something' })
  .meta({ id: 'PersonChange' });
export type PersonChange = z.infer<typeof PersonChange>;

const PersonLine = z
  .object({
    id: z.string(),
    name: z.string().optional().meta({ description: 'Absent once the person was erased.' }),
    email: z.string().optional(),
    roles: z.array(z.string()),
    createdAt: z.string(),
    disabled: z.boolean(),
  })
  .meta({ id: 'PersonLine' });
export const PersonList = z.object({ items: z.array(PersonLine) }).meta({ id: 'PersonList' });

export const InvitedPerson = z
  .object({
    id: z.string(),
    link: z.string().meta({ description: 'Shown this once: whoever opens it enrols as this person.' }),
    expiresAt: z.string(),
  })
  .meta({ id: 'InvitedPerson' });

export const OpenLink = z.strictObject({ token: LinkToken }).meta({ id: 'OpenLink' });
export type OpenLink = z.infer<typeof OpenLink>;

const AboutMe = { name: Line.optional(), login: Login.optional() };

export const PasskeyEnrolmentStart = z
  .strictObject({ token: LinkToken, ...AboutMe })
  .meta({ id: 'PasskeyEnrolmentStart' });
export type PasskeyEnrolmentStart = z.infer<typeof PasskeyEnrolmentStart>;

export const PasskeyEnrolment = z
  .strictObject({ token: LinkToken, ...AboutMe, response: NewPasskeyAnswer })
  .meta({ id: 'PasskeyEnrolment' });
export type PasskeyEnrolment = z.infer<typeof PasskeyEnrolment>;

export const PasswordEnrolment = z
  .strictObject({ token: LinkToken, ...AboutMe, password: Password, code: OneTimeCode })
  .meta({ id: 'PasswordEnrolment' });
export type PasswordEnrolment = z.infer<typeof PasswordEnrolment>;

const NewTotp = z
  .object({
    secret: z.string(),
    uri: z.string(),
    qr: z.string().meta({ description: 'A data: URL of an SVG image.' }),
  })
  .meta({ id: 'NewTotp' });

export const Welcome = z
  .object({
    name: z.string().optional().meta({ description: 'Absent for the first administrator.' }),
    needs: z.array(z.enum(['name', 'login'])),
    passkeys: z.boolean().meta({ description: 'Whether this address can have passkeys.' }),
    totp: NewTotp,
  })
  .meta({ id: 'Welcome' });

export const Enrolled = z
  .object({
    id: z.string(),
    recoveryCodes: z.array(z.string()).optional().meta({ description: 'Shown this once; each works once.' }),
  })
  .meta({ id: 'Enrolled' });

const Credential = z
  .object({
    id: z.string(),
    kind: z.enum(['password', 'totp', 'passkey']),
    createdAt: z.string(),
    lastUsedAt: z.string().optional(),
  })
  .meta({ id: 'Credential' });
export const CredentialList = z
  .object({ items: z.array(Credential), recoveryCodesLeft: z.number().int() })
  .meta({ id: 'CredentialList' });

export const AddPasskey = z.strictObject({ response: NewPasskeyAnswer }).meta({ id: 'AddPasskey' });
export type AddPasskey = z.infer<typeof AddPasskey>;

export const PasswordStart = z.object({ totp: NewTotp }).meta({ id: 'PasswordStart' });

export const SetPassword = z
  .strictObject({ login: Login, password: Password, code: OneTimeCode })
  .meta({ id: 'SetPassword' });
export type SetPassword = z.infer<typeof SetPassword>;
