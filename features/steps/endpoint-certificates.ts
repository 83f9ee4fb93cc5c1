import { Given, Then, When } from '@cucumber/cucumber'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { waitFor } from '#runtime/wait.ts'
import { Mismatch } from '../support/matchers.ts'
import { press } from '../support/page-actions.ts'
import { trustedCaPage } from '../support/security-certificates.ts'
import type { LabWorld } from '../support/world.ts'

interface Capf {
  readonly certificate: string
  readonly history: readonly { readonly device: string; readonly source: string; readonly answer: string }[]
}

const capfOf = async (world: LabWorld) => (await world.host('cucm1')).management.call<Capf>('capf')

Given('Unified CM issues certificates to endpoints', async function (this: LabWorld) {
  const { management } = await this.host('cucm1')
  const service = 'Cisco Certificate Authority Proxy Function'
  await management.call('set', { page: 'Tools > Service Activation', field: service, value: true })
})

/** The authority's certificate, taken from Unified CM and appended to the list; certificates count from the next start. */
Given("the {host} trusts the authority of the endpoints' certificates", async function (this: LabWorld, host: string) {
  const { certificate } = await capfOf(this)
  const body = { 'CA certificates': certificate }
  const { isDone, says } = await press(this, host, trustedCaPage, 'Append CA certificate', body)
  if (!isDone) throw new Mismatch(`the trusted CA list of ${host}`, 'accepts the authority', says)
  const lab = await this.lab()
  await lab.restartSystem(host)
  await lab.ready()
})

Given('{user} is to install a certificate', async function (this: LabWorld, user: string) {
  const { device } = (await this.user(user)).user
  const { management } = await this.host('cucm1')
  const order = { page: 'Device > Phone', row: device, field: 'Certificate Operation', value: 'Install/Upgrade' }
  await management.call('set', order)
})

/** On a network of the office, by mode "Cisco UCM". */
When('the TC endpoint of {user} is provisioned in the office', async function (this: LabWorld, user: string) {
  const lab = await this.lab()
  const endpoint = await this.user(user)
  const { dns } = lab.plan('cucm1').specification
  const address = lab.fabric.address('inside', endpoint.user.number)
  this.memory.set(`place of ${user}`, endpoint.specification)
  await endpoint.reopen((specification) => ({ ...specification, addresses: [address], dns }))
  const externalManager = lab.plan('cucm1').specification.fqdn
  await endpoint.call('setProvisioning', { provisioningMode: 'cucm', externalManager })
  const { error } = await endpoint.signIn()
  if (error !== undefined) throw new Mismatch(`provisioning of ${user} in the office`, 'done', error)
})

When('the TC endpoint of {user} is taken outside', async function (this: LabWorld, user: string) {
  const endpoint = await this.user(user)
  await this.timeline()
  const { addresses, dns } = this.recall<typeof endpoint.specification>(`place of ${user}`)
  await endpoint.reopen((specification) => ({ ...specification, addresses, dns }))
})

interface CertificateReport {
  readonly subject: string | null
  readonly enrolment?: { readonly state: string; readonly why?: string }
}

async function certificateOf(world: LabWorld, user: string): Promise<CertificateReport> {
  return (await (await world.user(user)).call<{ certificate: CertificateReport }>('state')).certificate
}

Then(
  'the TC endpoint of {user} has a certificate for {string}',
  async function (this: LabWorld, user: string, name: string) {
    const { subject, enrolment } = await certificateOf(this, user)
    const issued = (await capfOf(this)).history.find(({ device }) => device === name)
    if (subject !== `CN=${name}` || issued?.answer !== 'certificate issued')
      throw new Mismatch(`the certificate of ${user}`, name, { subject, enrolment, issued })
    this.showRecord('cucm1', `${name} at ${issued.source}: ${issued.answer}`)
  },
)

Then('the TC endpoint of {user} has no certificate', async function (this: LabWorld, user: string) {
  const { subject, enrolment } = await certificateOf(this, user)
  if (subject !== null || enrolment?.state !== 'failed')
    throw new Mismatch(`the certificate of ${user}`, 'none, the enrolment failed', { subject, enrolment })
  this.showRecord(user, `no certificate: ${enrolment.why ?? ''}`)
})

Then('Unified CM has issued no certificate', async function (this: LabWorld) {
  const { history } = await capfOf(this)
  if (history.length > 0) throw new Mismatch('enrolments at Unified CM', 'none', history)
  this.showRecord('cucm1', 'nobody asked CAPF for a certificate')
})

const verified = 'Inbound TLS Client Certificate Verified'
const refused = 'Inbound TLS Negotiation Error'

/** Lines of the Expressway's log about the certificates clients show. */
async function logged(world: LabWorld, host: string): Promise<string[]> {
  const { data } = await world.lab()
  const lines = (await readFile(join(data, host, `${host}.log`), 'utf8')).split('\n')
  return lines.filter((line) => line.includes(verified) || line.includes(refused))
}

Then(
  'the {host} has verified the certificate for {string} on SIP and HTTPS',
  async function (this: LabWorld, host: string, name: string) {
    const isBoth = (lines: string[]) =>
      ['SIP', 'HTTPS'].every((service) =>
        lines.some((line) => line.includes(verified) && line.includes(`CN=${name}"`) && line.includes(`"${service}"`)),
      )
    let last: string[] = []
    await waitFor(`verified certificates at ${host}`, async () => isBoth((last = await logged(this, host))), {
      lastSeen: () => last,
    })
    for (const line of last.filter((each) => each.includes(verified)).slice(0, 2)) this.showRecord(host, line)
  },
)

Then(
  'the {host} has refused the certificate for {string}',
  async function (this: LabWorld, host: string, name: string) {
    let last: string[] = []
    const line = await waitFor(
      `a refused certificate at ${host}`,
      async () => (last = await logged(this, host)).find((each) => each.includes(`CN=${name} not accepted`)),
      { lastSeen: () => last },
    )
    this.showRecord(host, line)
  },
)

Then('the {host} was shown no certificate', async function (this: LabWorld, host: string) {
  const lines = (await logged(this, host)).filter((line) => line.includes('CN='))
  if (lines.length > 0) throw new Mismatch(`certificates shown to ${host}`, 'none', lines)
  this.showRecord(host, 'no client has shown a certificate')
})
