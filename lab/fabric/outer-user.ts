import { readFileSync } from 'node:fs'

/**
 * The user that owns what this process writes. Inside a user namespace anybody may be 0; `/proc/self/uid_map` says who
 * that is outside (user_namespaces(7)).
 */
export function outerUser(): number {
  const id = process.getuid?.() ?? 0
  try {
    return translate(id, readFileSync('/proc/self/uid_map', 'utf8'))
  } catch {
    // Not a Linux with user namespaces: there is no other user.
    return id
  }
}

/** Lines of `first inside`, `first outside`, `how many`; an id that none of them holds stays as it is. */
export function translate(id: number, map: string): number {
  for (const line of map.trim().split('\n')) {
    const [inside, outside, count] = line.trim().split(/\s+/).map(Number) as [number, number, number]
    if (id >= inside && id < inside + count) return outside + id - inside
  }
  return id
}
