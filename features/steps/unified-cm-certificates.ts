import { X509Certificate } from 'node:crypto'
import { Given, Then, When } from '@cucumber/cucumber'
import { openAuthority, selfSigned } from '#lab/pki/authority.ts'
import type { HostPlan } from '#lab/roles/role.ts'
import { Mismatch } from '../support/matchers.ts'
import { press } from '../support/page-actions.ts'
import { trustedCaPage } from '../support/security-certificates.ts'
import type { LabWorld } from '../support/world.ts'

interface UnifiedCmDocument {
  readonly callManagerIdentity?: { readonly key: string; readonly cert: string }
}

/** Its FQDN and the bare name that the cluster's list has. */
function namesOf({ specification: { fqdn, name } }: HostPlan) {
  return { commonName: fqdn, names: [fqdn, name] }
}

function withCallManager(plan: HostPlan, callManagerIdentity: UnifiedCmDocument['callManagerIdentity']): HostPlan {
  return { ...plan, configuration: { ...(plan.configuration as object), callManagerIdentity } }
}

Given('the CallManager certificate of Unified CM was signed by a private authority', function (this: LabWorld) {
  const issuer = openAuthority(this.parameters.pkiFolder, 'Private CA')
  this.adapt((plan) => (plan.role === 'cucm' ? withCallManager(plan, issuer.issue(namesOf(plan))) : plan))
})

/** As after their installation: tomcat and CallManager have a certificate each, which signed itself. */
Given('the servers of Unified CM and IM&P have self-signed certificates', function (this: LabWorld) {
  this.expectNotReady = true
  const { pkiFolder } = this.parameters
  this.adapt((plan) => {
    if (plan.role !== 'cucm' && plan.role !== 'imp') return plan
    const request = namesOf(plan)
    const tomcat = { ...plan, specification: { ...plan.specification, identity: selfSigned(pkiFolder, request) } }
    const callManager = { ...request, usages: ['serverAuth', 'clientAuth'] as const, validTo: inThreeWeeks() }
    return plan.role === 'imp' ? tomcat : withCallManager(tomcat, selfSigned(pkiFolder, callManager))
  })
})

/** Any other date than tomcat's: the two are not the same certificate. A whole day, so that it can be found again. */
function inThreeWeeks(): Date {
  const day = 86_400_000
  return new Date(Math.floor(Date.now() / day) * day + 21 * day)
}

async function uploadCopies(world: LabWorld, certificates: readonly string[]): Promise<void> {
  const body = { 'CA certificates': certificates.join('\n') }
  const { isDone, says } = await press(world, 'vcsc1', trustedCaPage, 'Append CA certificate', body)
  if (!isDone) throw new Mismatch('the trusted CA certificates', 'accepted', says)
}

When('the tomcat certificates of the servers are uploaded to the VCS Control', async function (this: LabWorld) {
  await uploadCopies(this, await tomcatCopies(this, () => true))
})

When('the tomcat certificates of the publishers are uploaded to the VCS Control', async function (this: LabWorld) {
  await uploadCopies(this, await tomcatCopies(this, (name) => !name.endsWith('2')))
})

When(
  'the CallManager certificate of the {host} is uploaded to the VCS Control',
  async function (this: LabWorld, host: string) {
    const { callManagerIdentity } = (await this.lab()).plan(host).configuration as UnifiedCmDocument
    await uploadCopies(this, [callManagerIdentity!.cert])
  },
)

async function tomcatCopies(world: LabWorld, isWanted: (name: string) => boolean): Promise<string[]> {
  const lab = await world.lab()
  const hosts = lab.hosts().filter(({ role, name }) => (role === 'cucm' || role === 'imp') && isWanted(name))
  return hosts.map(({ name }) => lab.plan(name).specification.identity!.cert)
}

const certificatePage = 'Security > Certificate Management'

When(
  "the root CA of Control's certificate is uploaded to Unified CM as CallManager-trust",
  async function (this: LabWorld) {
    const values = { 'Certificate Purpose': 'CallManager-trust', Certificate: (await this.lab()).authority.certificate }
    await (await this.host('cucm1')).management.call('addRow', { page: certificatePage, values })
  },
)

When(
  'CallManager-trust of Unified CM loses the root CA of the certificate of Control',
  async function (this: LabWorld) {
    const { management } = await this.host('cucm1')
    const rows = await management.call<{ row: string; fields: Record<string, unknown> }[]>('page', {
      page: certificatePage,
    })
    for (const { row, fields } of rows)
      if (fields['Certificate Purpose'] === 'CallManager-trust')
        await management.call('deleteRow', { page: certificatePage, row })
  },
)

Then('Unified CM lists {int} trusted CallManager certificate(s)', async function (this: LabWorld, count: number) {
  const { management } = await this.host('cucm1')
  const rows = await management.call<{ fields: Record<string, string> }[]>('page', { page: certificatePage })
  const found = rows.filter(({ fields }) => fields['Certificate Purpose'] === 'CallManager-trust')
  if (found.length !== count) throw new Mismatch('CallManager-trust', count, found.length)
  const subjects = found.map(({ fields }) => new X509Certificate(fields['Certificate']!).subject)
  this.showRecord('cucm1', `CallManager-trust: ${subjects.join('; ')}`)
})
