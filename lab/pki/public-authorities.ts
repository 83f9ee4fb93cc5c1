import type { CertificateAuthority } from './authority.ts'
import { openAuthority } from './authority.ts'

/** Authorities of the lab that play the common public ones (the guide names Verisign and Thawte). */
export const publicAuthorities = ['Lab CA in the place of Verisign', 'Lab CA in the place of Thawte'] as const

/** Certificates of the public authorities, PEM: what an endpoint's list has when it leaves the factory. */
export function publicCertificates(pkiFolder: string): string[] {
  return publicAuthorities.map((name) => openAuthority(pkiFolder, name).certificate)
}

/** The one that other companies of a topology have their certificates from. */
export function publicAuthority(pkiFolder: string): CertificateAuthority {
  return openAuthority(pkiFolder, publicAuthorities[0])
}
