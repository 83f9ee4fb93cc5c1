import type { Random } from '#runtime/random.ts'
import type { TlsIdentity } from '#runtime/network.ts'
import type { AlternativeName } from './alternative-name.ts'
import { bitString, explicit, integer, sequence, time } from './der.ts'
import { writeName } from './distinguished-name.ts'
import { serverExtensions } from './extensions.ts'
import { algorithmOf, type KeyType, makeKeyPair, signWithSha256 } from './key-pair.ts'
import { writePem } from './pem.ts'

export interface FactoryIdentityOptions {
  /** How the system calls itself; a fresh one has neither host name nor domain. */
  readonly name: string
  readonly now: Date
  readonly random: Random
  /** Default EC P-256: there is nothing to wait for at the first start. */
  readonly keyType?: KeyType
}

/** Organization of the certificate a VCS makes for itself; tells it from one that an administrator loaded. */
export const factoryOrganization = 'Temporary server certificate'

/**
 * The identity a VCS has before an administrator gives it one: self-signed, for both ends of TLS, one year. Nobody
 * trusts it (guide p. 18: a suitable certificate has to be installed on both VCSs).
 */
export async function makeFactoryIdentity(options: FactoryIdentityOptions): Promise<TlsIdentity> {
  const { name, now, random, keyType = 'EC P-256' } = options
  const keys = await makeKeyPair(keyType)
  // Each has a name of its own: two of the same name, one of them trusted, would only confuse a verifier.
  const subject = writeName({ commonName: name, organization: factoryOrganization, organizationalUnit: random.hex(16) })
  const names: AlternativeName[] = [{ kind: 'DNS', value: name }]
  const toBeSigned = sequence(
    explicit(0, integer(Buffer.from([2]))),
    integer(random.bytes(16)),
    algorithmOf(keys.privateKey),
    subject,
    sequence(time(new Date(now.getTime() - dayMs)), time(new Date(now.getTime() + validDays * dayMs))),
    subject,
    keys.publicKeyDer,
    explicit(3, serverExtensions(names)),
  )
  const { algorithm, signature } = signWithSha256(toBeSigned, keys.privateKey)
  return {
    key: keys.privateKeyPem,
    cert: writePem('CERTIFICATE', sequence(toBeSigned, algorithm, bitString(signature))),
  }
}

const dayMs = 86_400_000
const validDays = 365
