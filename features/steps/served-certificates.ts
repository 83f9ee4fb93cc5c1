import { X509Certificate } from 'node:crypto'
import { defineParameterType, Given, Then, When } from '@cucumber/cucumber'
import { openAuthority } from '#lab/pki/authority.ts'
import { waitFor } from '#runtime/wait.ts'
import { certify } from '../support/certificates.ts'
import { Mismatch } from '../support/matchers.ts'
import { viewOn } from '../support/page-views.ts'
import { press } from '../support/page-actions.ts'
import { plannedCertificate, serverCertificatePage, shownAt, trustedCaPage } from '../support/security-certificates.ts'
import type { LabWorld } from '../support/world.ts'

/** Which of its certificates a VCS shows. */
type Version = 'factory' | 'old' | 'new'

defineParameterType({ name: 'version', regexp: /factory|old|new/, transformer: (text: string) => text })

Given('the {host} still has its factory certificate', function (this: LabWorld, host: string) {
  this.expectNotReady = true
  this.adapt((plan) => {
    if (plan.specification.name !== host) return plan
    const { identity: _identity, ...specification } = plan.specification
    return { ...plan, specification }
  })
})

async function upload(world: LabWorld, host: string, certificate: string): Promise<void> {
  const body = { 'Server certificate': certificate }
  const answer = await press(world, host, serverCertificatePage, 'Upload server certificate data', body)
  world.memory.set('upload', answer)
  if (answer.isDone) world.memory.set(`new certificate of ${host}`, certificate)
}

When('the administrator uploads the signed certificate to the {host}', async function (this: LabWorld, host: string) {
  await upload(this, host, this.recall<string>(`signed certificate of ${host}`))
})

When(
  'the administrator uploads the signed certificate of the {host} to the {host}',
  async function (this: LabWorld, owner: string, host: string) {
    await upload(this, host, this.recall<string>(`signed certificate of ${owner}`))
  },
)

/** Generated, signed by the deployment's authority and uploaded, in one go. */
When('the {host} gets a new server certificate', async function (this: LabWorld, host: string) {
  const generated = await press(this, host, serverCertificatePage, 'Generate CSR')
  if (!generated.isDone) throw new Mismatch(`the CSR of ${host}`, 'generated', generated.says)
  const [request] = await viewOn(this, host, serverCertificatePage, 'request')
  await upload(this, host, openAuthority(this.parameters.pkiFolder).sign(String(request?.['pem'])))
  mustBeTaken(this)
})

When(
  'the administrator uploads the CA certificate as server certificate of the {host}',
  async function (this: LabWorld, host: string) {
    await upload(this, host, (await this.lab()).authority.certificate)
  },
)

async function append(world: LabWorld, host: string, certificates: string): Promise<void> {
  const body = { 'CA certificates': certificates }
  world.memory.set('upload', await press(world, host, trustedCaPage, 'Append CA certificate', body))
}

When(
  'the administrator uploads the server certificate of the {host} as trusted CA of the {host}',
  async function (this: LabWorld, owner: string, host: string) {
    await append(this, host, (await plannedCertificate(this, owner))!.toString())
  },
)

When(
  'the administrator uploads the private authority as trusted CA of the {host}',
  async function (this: LabWorld, host: string) {
    await append(this, host, openAuthority(this.parameters.pkiFolder, 'Private CA').certificate)
  },
)

function mustBeTaken(world: LabWorld): void {
  const { isDone, says } = world.recall<{ isDone: boolean; says: string }>('upload')
  if (!isDone) throw new Mismatch('the upload', 'accepted', says)
}

Then('the upload is accepted', function (this: LabWorld) {
  mustBeTaken(this)
})

Then('the upload is refused: {string}', function (this: LabWorld, wanted: string) {
  const { isDone, says } = this.recall<{ isDone: boolean; says: string }>('upload')
  if (isDone || !says.includes(wanted)) throw new Mismatch('the upload', `refused: ${wanted}`, says)
  this.memory.set('refusal', says)
})

Then(
  'a TLS client is shown the {version} certificate of the {host} on the port(s) {string}',
  async function (this: LabWorld, version: Version, host: string, ports: string) {
    for (const port of ports.split(', ').map(Number)) {
      let last: X509Certificate | undefined
      const isSo = async () => isVersion(this, host, (last = await shownAt(this, host, port)), version)
      // Services that face clients open once the restart is done.
      await waitFor(`${host}:${port} to show the ${version} certificate`, async () => isSo().catch(() => false), {
        limitMs: 8_000,
        everyMs: 100,
        lastSeen: () => last?.fingerprint256,
      })
      this.showRecord(host, `port ${port} shows the ${version} certificate, SHA-256 ${last!.fingerprint256}`)
    }
  },
)

async function isVersion(world: LabWorld, host: string, found: X509Certificate, version: Version): Promise<boolean> {
  if (version === 'factory') return found.issuer === found.subject && found.subject.includes('Temporary')
  const wanted =
    version === 'old'
      ? await plannedCertificate(world, host)
      : new X509Certificate(world.recall<string>(`new certificate of ${host}`))
  return found.fingerprint256 === wanted?.fingerprint256
}

Then(
  'the certificate that the {host} shows names {string}',
  async function (this: LabWorld, host: string, names: string) {
    const found = await shownNames(this, host)
    const missing = names.split(', ').filter((name) => !found.includes(name))
    if (missing.length > 0) throw new Mismatch(`names in the certificate of ${host}`, names, found)
    this.showRecord(host, `shows a certificate for ${found.join(', ')}`)
  },
)

/** Unless the zone has come up by itself, a handshake follows: what a zone says of itself is of the last one. */
When('the VCS Control dials the VCS Expressway anew', async function (this: LabWorld) {
  const attempts = async () => {
    const { events } = await this.timeline()
    return events.filter(
      ({ host, kind, local }) => host === 'vcse1' && kind === 'open' && local?.endsWith(':7001') === true,
    ).length
  }
  const before = await attempts()
  const { management } = await this.host('vcsc1')
  await management.call('retry')
  const isUp = async () => {
    const { zones } = await management.call<{ zones: { type: string; state: string }[] }>('state')
    return zones.some(({ type, state }) => type === 'Traversal client' && state === 'Active')
  }
  await waitFor('another connection to port 7001', async () => (await isUp()) || (await attempts()) > before, {
    limitMs: 8_000,
    lastSeen: () => before,
  })
})

/** Known to nobody at first, other than the deployment's own. */
Given('the certificate of the {host} is from a private authority', function (this: LabWorld, host: string) {
  this.expectNotReady = true
  certify(this, host, (request) => request, 'Private CA')
})

/** Of chat node aliases for example: both certificates have the same ones, and some. */
Then('the certificates of both VCSs have the same chat node aliases', async function (this: LabWorld) {
  const namesAt = async (host: string) =>
    (await shownNames(this, host))
      .filter((name) => name.startsWith('chat') || name.startsWith('conference-'))
      .toSorted()
  const [control, expressway] = [await namesAt('vcsc1'), await namesAt('vcse1')]
  if (control.length === 0 || control.join() !== expressway.join())
    throw new Mismatch('aliases in both certificates', control, expressway)
  this.showRecord('vcse1', `aliases in both certificates: ${control.join(', ')}`)
})

async function shownNames(world: LabWorld, host: string): Promise<string[]> {
  const { subjectAltName = '' } = await shownAt(world, host, 443)
  return subjectAltName.split(', ').map((entry) => entry.replace(/^DNS:/, ''))
}
