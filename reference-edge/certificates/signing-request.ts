import { type AlternativeName, isAlternativeName, isSameName } from './alternative-name.ts'
import { type CertificateProblem, type Refused, refused } from './certificate-problem.ts'
import type { PendingRequest } from './certificate-store.ts'
import { bitString, explicit, integer, objectIdentifier, sequence, setOf } from './der.ts'
import { type DistinguishedName, writeName } from './distinguished-name.ts'
import { serverExtensions } from './extensions.ts'
import { makeKeyPair, signWithSha256 } from './key-pair.ts'
import { writePem } from './pem.ts'

/** The page Maintenance > Security certificates > Server certificate > Generate CSR. */
export interface SigningRequestFields extends DistinguishedName {
  /** Key length (in bits). Default 2048. */
  readonly keyLength?: 2048 | 4096
  /** In the order in which they shall stand; the common name is put in front where it is missing. */
  readonly alternativeNames: readonly AlternativeName[]
}

/**
 * A PKCS#10 request (RFC 2986) with a new RSA key: subject, both extended key usages, key usage and the alternative
 * names as extensionRequest, signed with SHA-256. Or what is wrong with the fields.
 */
export async function makeSigningRequest(
  fields: SigningRequestFields,
): Promise<({ readonly ok: true } & PendingRequest) | Refused> {
  const problems = fieldProblems(fields)
  if (problems.length > 0) return refused(...problems)
  const keys = await makeKeyPair(fields.keyLength === 4096 ? 'RSA 4096' : 'RSA 2048')
  const extensionRequest = sequence(
    objectIdentifier('1.2.840.113549.1.9.14'),
    setOf(serverExtensions(alternativeNames(fields))),
  )
  const toBeSigned = sequence(
    integer(Buffer.from([0])),
    writeName(fields),
    keys.publicKeyDer,
    explicit(0, extensionRequest),
  )
  const { algorithm, signature } = signWithSha256(toBeSigned, keys.privateKey)
  const request = writePem('CERTIFICATE REQUEST', sequence(toBeSigned, algorithm, bitString(signature)))
  return { ok: true, request, key: keys.privateKeyPem }
}

function alternativeNames(fields: SigningRequestFields): AlternativeName[] {
  const own: AlternativeName = { kind: 'DNS', value: fields.commonName }
  const names = [own, ...fields.alternativeNames]
  return names.filter((name, index) => names.findIndex((other) => isSameName(other, name)) === index)
}

function fieldProblems(fields: SigningRequestFields): CertificateProblem[] {
  const problems: CertificateProblem[] = []
  const { commonName, country = '' } = fields
  if (!isAlternativeName({ kind: 'DNS', value: commonName }) || commonName.length > 64) {
    problems.push({
      field: 'Common name',
      says: `'${commonName}' is not a host name with a domain of at most 64 characters`,
      action: 'Set System host name and Domain name on the page System > DNS',
    })
  }
  if (country !== '' && !/^[A-Za-z]{2}$/.test(country)) {
    problems.push({ field: 'Country', says: `'${country}' is not a country code`, action: 'Enter two letters, as GB' })
  }
  for (const [field, label, longest] of subjectFields) {
    const value = fields[field] ?? ''
    if (value.length <= longest && !/\p{Cc}/u.test(value)) continue
    const says = `Longer than ${longest} characters, or with control characters`
    problems.push({ field: label, says, action: 'Enter a shorter text' })
  }
  for (const { kind, value } of fields.alternativeNames.filter((name) => !isAlternativeName(name))) {
    const says = `'${value}' is not a ${kind} name that a certificate can hold`
    problems.push({ field: 'Subject alternative names', says, action: 'Enter letters, digits, hyphens and dots only' })
  }
  if (fields.alternativeNames.length > mostNames) {
    const says = `More than ${mostNames} names`
    problems.push({ field: 'Subject alternative names', says, action: 'Leave out names that are not needed' })
  }
  return problems
}

/** Upper bounds of RFC 5280 Appendix A. */
const subjectFields = [
  ['stateOrProvince', 'State or province', 128],
  ['locality', 'Locality (town name)', 128],
  ['organization', 'Organization (company name)', 64],
  ['organizationalUnit', 'Organizational unit', 64],
] as const
const mostNames = 500
