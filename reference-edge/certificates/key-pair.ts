import { type KeyObject, generateKeyPair, sign } from 'node:crypto'
import { promisify } from 'node:util'
import { nothing, objectIdentifier, sequence } from './der.ts'

export type KeyType = 'EC P-256' | 'RSA 2048' | 'RSA 4096'

export interface KeyPair {
  readonly privateKey: KeyObject
  /** PKCS#8, PEM. */
  readonly privateKeyPem: string
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKeyDer: Buffer
}

/** RSA 2048 takes a tenth of a second, 4096 one or several; neither blocks the process. */
export async function makeKeyPair(type: KeyType): Promise<KeyPair> {
  const { privateKey, publicKey } =
    type === 'EC P-256'
      ? await generate('ec', { namedCurve: 'P-256' })
      : await generate('rsa', { modulusLength: type === 'RSA 4096' ? 4096 : 2048 })
  return {
    privateKey,
    privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicKeyDer: publicKey.export({ type: 'spki', format: 'der' }),
  }
}

/** A signature with SHA-256 over `content`, and its AlgorithmIdentifier in DER (RFC 5912, RFC 5758 §3.2). */
export function signWithSha256(content: Buffer, key: KeyObject): { algorithm: Buffer; signature: Buffer } {
  const signature = sign('sha256', content, key)
  return { algorithm: algorithmOf(key), signature }
}

/** AlgorithmIdentifier of signatures of this key with SHA-256. */
export function algorithmOf(key: KeyObject): Buffer {
  return key.asymmetricKeyType === 'ec'
    ? sequence(objectIdentifier('1.2.840.10045.4.3.2'))
    : sequence(objectIdentifier('1.2.840.113549.1.1.11'), nothing())
}

const generate = promisify(generateKeyPair)
