import forge from 'node-forge'

/** What a request (PKCS#10) asks for. */
export interface SigningRequestFacts {
  readonly commonName: string
  /** dNSName entries of the subject alternative name. */
  readonly names: readonly string[]
  /** As the guide calls them: `Client Authentication`. */
  readonly usages: readonly string[]
}

export type SigningRequest = ReturnType<typeof forge.pki.certificationRequestFromPem>

/** Throws where the PEM text is no request, or its signature is not that of its own key. */
export function readSigningRequest(csr: string): SigningRequest {
  let request
  try {
    request = forge.pki.certificationRequestFromPem(csr)
  } catch (cause) {
    throw new Error('this is no certificate signing request (PEM, PKCS#10) with an RSA key', { cause })
  }
  if (!isSignedByItself(request)) throw new Error('the signature of the request is not that of its key')
  return request
}

export interface RequestedExtension {
  readonly name?: string
  readonly [field: string]: unknown
}

export function requestedExtensions(request: SigningRequest): readonly RequestedExtension[] {
  const asked = request.getAttribute({ name: 'extensionRequest' }) as { extensions?: RequestedExtension[] } | null
  return asked?.extensions ?? []
}

export function signingRequestFacts(csr: string): SigningRequestFacts {
  const request = readSigningRequest(csr)
  const extensions = requestedExtensions(request)
  const extension = (name: string) => extensions.find((one) => one.name === name)
  const altNames = (extension('subjectAltName')?.['altNames'] ?? []) as { type: number; value: string }[]
  const usages = extension('extKeyUsage')
  return {
    commonName: String(request.subject.getField('CN')?.value ?? ''),
    names: altNames.filter(({ type }) => type === dnsName).map(({ value }) => value),
    usages: Object.entries(usageNames).flatMap(([field, name]) => (usages?.[field] === true ? [name] : [])),
  }
}

const dnsName = 2
const usageNames = { serverAuth: 'Server Authentication', clientAuth: 'Client Authentication' }

/** forge throws where the signature cannot even be read with the key. */
function isSignedByItself(request: SigningRequest): boolean {
  try {
    return request.verify()
  } catch {
    return false
  }
}
