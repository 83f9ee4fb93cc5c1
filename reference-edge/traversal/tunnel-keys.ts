import { createHash } from 'node:crypto'
import ssh2 from 'ssh2'

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

export function makeTunnelKeyPair(user: string): TunnelKeyPair {
  const { public: publicKey, private: privateKey } = ssh2.utils.generateKeyPairSync('ed25519')
  return { user, publicKey, privateKey }
}

/** SHA-256 of a public key's blob, base64 without padding, as OpenSSH shows it. */
export function keySha256(blob: Buffer): string {
  return createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')
}
