import type { Lab } from '#lab/lab.ts'

/** First address of a host or of a user's client. */
export function addressOf(lab: Lab, name: string): string {
  const isUser = lab.endpoints().some(({ user }) => user.id === name)
  return (isUser ? lab.endpoint(name).specification : lab.plan(name).specification).addresses[0]!
}
