import { z } from 'zod';

export const OidcStartQuery = z.strictObject({
  returnTo: z.string().max(2_000).optional().meta({
    description:
      'Path to go to after signing in; anything that is not a path of ours leads to the front page.',
  }),
});
export type OidcStartQuery = z.infer<typeof OidcStartQuery>;

/** Body of a back-channel logout: a form with `logout_token` (OpenID Connect Back-Channel Logout 1.0, 2.5). */
export const BackchannelLogout = z
  .string()
  .max(50_000)
  .transform((form) => new URLSearchParams(form).getAll('logout_token'))
  .pipe(z.tuple([z.string().min(1)]));
export type BackchannelLogout = z.infer<typeof BackchannelLogout>;

export const SignedOut = z
  .object({
    endSession: z.string().nullable().meta({
      description:
        'Go there to sign out at the OpenID provider too; null where there is nothing to sign out of.',
    }),
  })
  .meta({ id: 'SignedOut' });
