import type { AlternativeName } from './alternative-name.ts'
import { writeAlternativeNames } from './alternative-name.ts'
import { ExtendedKeyUsage } from './chain.ts'
import { bitString, boolean, objectIdentifier, octetString, sequence } from './der.ts'

/**
 * The extensions of a VCS's server certificate, in DER (RFC 5280 §4.2.1): no CA, digitalSignature and keyEncipherment,
 * both ends of TLS, the names.
 */
export function serverExtensions(names: readonly AlternativeName[]): Buffer {
  const usages = Object.values(ExtendedKeyUsage).map(objectIdentifier)
  return sequence(
    extension('2.5.29.19', sequence(), true),
    // Bits 0 and 2 of the BIT STRING: five bits of its byte are unused.
    extension('2.5.29.15', bitString(Buffer.from([0b1010_0000]), 5), true),
    extension('2.5.29.37', sequence(...usages)),
    ...(names.length === 0 ? [] : [extension('2.5.29.17', writeAlternativeNames(names))]),
  )
}

function extension(oid: string, value: Buffer, isCritical = false): Buffer {
  return sequence(objectIdentifier(oid), ...(isCritical ? [boolean(true)] : []), octetString(value))
}
