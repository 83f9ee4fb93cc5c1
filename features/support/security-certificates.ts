import { X509Certificate } from 'node:crypto'
import { ApiRefusal } from '#lab/vcs/administrator.ts'
import { openVisitor } from '#lab/operator/visitor.ts'
import { addressOf } from './places.ts'
import type { LabWorld } from './world.ts'

export const serverCertificatePage = 'Maintenance > Security certificates > Server certificate'
export const trustedCaPage = 'Maintenance > Security certificates > Trusted CA certificate'

/** A button of a page of a running VCS: what it says, or why it refuses. */
export async function press(
  world: LabWorld,
  host: string,
  button: { readonly page: string; readonly action: string; readonly body?: Readonly<Record<string, string>> },
): Promise<{ readonly isTaken: boolean; readonly says: string }> {
  await using administrator = (await world.lab()).administrator(host)
  const { url } = await administrator.page(button.page)
  const call = { method: 'POST', path: `${url}/actions/${button.action}`, body: button.body ?? {} } as const
  try {
    const { says = '' } = await administrator.call<{ says?: string }>(call)
    return { isTaken: true, says }
  } catch (error) {
    if (!(error instanceof ApiRefusal)) throw error
    return { isTaken: false, says: error.message }
  }
}

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
