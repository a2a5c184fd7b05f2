import { roles, type Role } from '@cordon/contracts';

/** Which roles the members of a provider's group have. */
export type RoleMap = ReadonlyMap<string, readonly Role[]>;

const MOST_GROUPS = 500;

/**
 * Reads `group=role,role;group2=role`, or JSON: `{"group": ["role"]}`. A group's name ends at its last `=`, so that names
 * such as `cn=ir,dc=example` can be written; those that hold a `;` need JSON. Undefined when it is neither, names no
 * group, or names a role that does not exist.
 */
export function parseRoleMap(text: string): RoleMap | undefined {
  const lines = text.trim().startsWith('{') ? fromJson(text) : fromText(text);
  if (!lines || lines.length === 0 || lines.length > MOST_GROUPS) return undefined;
  const map = new Map<string, readonly Role[]>();
  for (const [group, named] of lines) {
    if (group === '' || named.length === 0 || map.has(group) || !named.every(isRole)) return undefined;
    map.set(group, named);
  }
  return map;
}

/** The roles of somebody in these groups: each once, in the order of the roles' own list. */
export function rolesOf(groups: readonly string[], map: RoleMap): readonly Role[] {
  const held = new Set(groups.flatMap((group) => map.get(group) ?? []));
  return roles.filter((role) => held.has(role));
}

function fromText(text: string): [string, string[]][] {
  return text
    .split(';')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const at = line.lastIndexOf('=');
      const named = line.slice(at + 1).split(',');
      return [line.slice(0, Math.max(at, 0)).trim(), named.map((role) => role.trim())];
    });
}

function fromJson(text: string): [string, string[]][] | undefined {
  try {
    const value = Object.entries(JSON.parse(text) as Record<string, unknown>);
    return value.map(([group, named]) => [group, Array.isArray(named) ? named.map(String) : []]);
  } catch {
    return undefined;
  }
}

function isRole(text: string): text is Role {
  return (roles as readonly string[]).includes(text);
}
