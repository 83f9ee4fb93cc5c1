import { X509Certificate } from 'node:crypto'
import { openVisitor } from '#lab/operator/visitor.ts'
import { addressOf } from './places.ts'
import type { LabWorld } from './world.ts'

export const serverCertificatePage = 'Maintenance > Security certificates > Server certificate'
export const trustedCaPage = 'Maintenance > Security certificates > Trusted CA certificate'

/** SHA-256 fingerprint and subject of what a server shows somebody who opens TLS to it. */
export async function shownAt(world: LabWorld, host: string, port: number) {
  const lab = await world.lab()
  await using visitor = await openVisitor(lab, outsidePorts.includes(port) ? 'internet' : 'inside')
  return visitor.certificateAt({ address: addressOf(lab, host), port })
}

/** Where clients on the internet come to. */
const outsidePorts = [8443, 5061, 5222]

/** The certificate that a host of the plan was given. */
export async function plannedCertificate(world: LabWorld, host: string) {
  const cert = (await world.lab()).plan(host).specification.identity?.cert
  return cert === undefined ? undefined : new X509Certificate(cert)
}
