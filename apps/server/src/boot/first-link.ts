import type { Invitations } from '../identity/invitations.js';

/**
 * The one-time link by which the first administrator enrols, valid for a day; undefined when there is one. On this
 * machine it names `localhost`: browsers make no passkeys for an IP address.
 */
export async function firstAdministratorLink(
  invitations: Pick<Invitations, 'forFirstAdministrator'>,
  url: string,
): Promise<string | undefined> {
  const link = await invitations.forFirstAdministrator();
  return link && `${byName(url)}${link.path}`;
}

/** The address of this machine by its name; any other as it is. */
export function byName(url: string): string {
  return url.replace(/^http:\/\/(127\.0\.0\.1|\[::1\])(?=:|$)/, 'http://localhost');
}
