import { Given, Then, When } from '@cucumber/cucumber'
import { openAuthority } from '#lab/pki/authority.ts'
import { publicAuthorities, publicCertificates } from '#lab/pki/public-authorities.ts'
import { certify } from '../support/certificates.ts'
import { Mismatch } from '../support/matchers.ts'
import type { LabWorld } from '../support/world.ts'

/** An authority nobody in the deployment trusts unless a step says so. */
const privateCa = 'Private CA'

function privateCertificate(world: LabWorld): string {
  return openAuthority(world.parameters.pkiFolder, privateCa).certificate
}

Given('the certificate of the {host} was signed by a private authority', function (this: LabWorld, host: string) {
  certify(this, host, (request) => request, privateCa)
})

Given('the certificate of the {host} was signed by a public authority', function (this: LabWorld, host: string) {
  certify(this, host, (request) => request, publicAuthorities[0])
})

Given('the certificate of the {host} names only {string}', function (this: LabWorld, host: string, name: string) {
  certify(this, host, (request) => ({ ...request, names: [name] }))
})

Given('the {host} trusts the private authority', function (this: LabWorld, host: string) {
  trust(this, host, privateCertificate(this))
})

Given('the {host} trusts the public authority', function (this: LabWorld, host: string) {
  trust(this, host, publicCertificates(this.parameters.pkiFolder)[0]!)
})

function trust(world: LabWorld, host: string, certificate: string): void {
  world.adapt((plan) => {
    if (plan.specification.name !== host) return plan
    const { specification } = plan
    return { ...plan, specification: { ...specification, trust: [...specification.trust, certificate] } }
  })
}

Given('the trusted CA list of {user} has the private authority', function (this: LabWorld, user: string) {
  const certificate = privateCertificate(this)
  this.adaptClient(user, (specification) => ({ ...specification, trust: [...specification.trust, certificate] }))
})

Given('the trusted CA list of {user} is empty but for what it came with', function (this: LabWorld, user: string) {
  this.adaptClient(user, (specification) => ({ ...specification, trust: [] }))
})

Then('nothing was added to the trusted CA list of {user}', async function (this: LabWorld, user: string) {
  const list = await (await this.user(user)).call<{ name: string; origin: string }[]>('trustedCas')
  const isAsShipped = list.length > 0 && list.every(({ origin }) => origin === 'preinstalled')
  if (!isAsShipped) throw new Mismatch(`trusted CAs of ${user}`, 'only preinstalled ones', list)
  this.showRecord(user, `trusted CAs: ${list.map(({ name, origin }) => `${name} (${origin})`).join(', ')}`)
})

Given('the trusted CA list of {user} is empty', function (this: LabWorld, user: string) {
  this.adaptClient(user, (specification) => ({ ...specification, trust: [] }))
})

/** Jabber only: the places are those of its platform's certificate mechanism, and its own folder. */
When(
  'the private authority is put into the {string} of {user}',
  async function (this: LabWorld, place: string, user: string) {
    await (await this.user(user)).call('importCertificate', { place, certificate: privateCertificate(this) })
  },
)

/** For a client that already runs: it is opened anew with the longer list. */
When('the private authority is added to the trusted CA list of {user}', async function (this: LabWorld, user: string) {
  const certificate = privateCertificate(this)
  const endpoint = await this.user(user)
  await endpoint.reopen((specification) => ({ ...specification, trust: [...specification.trust, certificate] }))
})
