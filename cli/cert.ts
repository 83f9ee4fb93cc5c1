import { X509Certificate } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { openAuthority } from '#lab/pki/authority.ts'
import { pkiFolder } from './operate.ts'

export interface CertOptions {
  readonly out?: string
}

/** `mra cert ca`: the CA that every part of the lab trusts. */
export function showAuthority({ out }: CertOptions): void {
  deliver(openAuthority(pkiFolder).certificate, out)
}

/** `mra cert sign`: what a certificate authority does with a request that a VCS has made. */
export function signRequest(path: string, { out }: CertOptions): void {
  if (!existsSync(path)) throw Object.assign(new Error(`there is no file ${path}`), { code: 'MRA_USAGE' })
  const certificate = signed(readFileSync(path, 'utf8'))
  deliver(certificate, out)
  const { subject, subjectAltName = 'none', validTo } = new X509Certificate(certificate)
  process.stderr.write(`signed ${subject.replaceAll('\n', ', ')}; names: ${subjectAltName}; valid to ${validTo}\n`)
}

function signed(request: string): string {
  try {
    return openAuthority(pkiFolder).sign(request)
  } catch (error) {
    throw Object.assign(error as Error, { code: 'MRA_USAGE' })
  }
}

function deliver(pem: string, out: string | undefined): void {
  if (out === undefined) process.stdout.write(pem.replaceAll('\r\n', '\n'))
  else writeFileSync(out, pem.replaceAll('\r\n', '\n'))
}
