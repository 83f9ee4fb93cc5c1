import type { Lab } from '#lab/lab.ts'

/** First address of a host or of a user's client. */
export function addressOf(lab: Lab, name: string): string {
  const isUser = lab.topology.users.some(({ id }) => id === name)
  return (isUser ? lab.endpoint(name).specification : lab.plan(name).specification).addresses[0]!
}

/** The name in the deployment behind an address; the address where it is nobody's. */
export function nameOf(lab: Lab, address: string): string {
  const names = [...lab.topology.users.map(({ id }) => id), ...lab.hosts().map(({ name }) => name)]
  return names.find((name) => addressOf(lab, name) === address) ?? address
}
