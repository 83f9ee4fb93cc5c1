import { createHmac } from 'node:crypto'

/** The handshake secret of an Expressway–Control link: both know the traversal zone's password, and it is not sent. */
export function linkSecret(zone: { username: string; password: string }): string {
  return createHmac('sha256', zone.password).update(`XCP ${zone.username}`).digest('hex')
}
