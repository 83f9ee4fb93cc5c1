import { createHash, generateKeyPairSync } from 'node:crypto'
import ssh2 from 'ssh2'
import type { ParsedKey } from 'ssh2'

/** The Control's key for its tunnels: the public half goes to the Expressway in the provisioning exchange. */
export interface TunnelKeyPair {
  readonly user: string
  /** OpenSSH one-line form. */
  readonly publicKey: string
  /** OpenSSH private key, PEM; never leaves the program. */
  readonly privateKey: string
}

/** What the Expressway needs to know a Control by. */
export type TunnelKey = Pick<TunnelKeyPair, 'user' | 'publicKey'>

/** An ECDSA P-256 key by node:crypto: of ssh2's own ed25519 keys one in two hundred cannot be read back by ssh2. */
export function makeTunnelKeyPair(user: string): TunnelKeyPair {
  const { privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'sec1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  const parsed = readKey(privateKey)
  return { user, privateKey, publicKey: `${parsed.type} ${parsed.getPublicSSH().toString('base64')}` }
}

/** A private or public key in any form ssh2 reads; throws where it cannot. */
export function readKey(text: string): ParsedKey {
  const parsed: ParsedKey | ParsedKey[] | Error = ssh2.utils.parseKey(text)
  if (parsed instanceof Error) throw new Error(`SSH key cannot be read: ${parsed.message}`)
  return Array.isArray(parsed) ? parsed[0]! : parsed
}

/** SHA-256 of a public key's blob, base64 without padding, as OpenSSH shows it. */
export function keySha256(blob: Buffer): string {
  return createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')
}
