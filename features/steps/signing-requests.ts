import { execFile } from 'node:child_process'
import { defineParameterType, Given, Then, When } from '@cucumber/cucumber'
import { openAuthority } from '#lab/pki/authority.ts'
import type { SigningDeviation } from '#lab/pki/authority.ts'
import { signingRequestFacts } from '#lab/pki/signing-request.ts'
import { Mismatch } from '../support/matchers.ts'
import { viewOn } from '../support/page-views.ts'
import { press } from '../support/page-actions.ts'
import { serverCertificatePage } from '../support/security-certificates.ts'
import type { LabWorld } from '../support/world.ts'

/** Authorities that sign requests; those without a name are the deployment's own, which everybody trusts. */
const authorities: Readonly<Record<string, { readonly name?: string; readonly deviation?: SigningDeviation }>> = {
  "the deployment's authority": {},
  'an authority nobody trusts': { name: 'Private CA' },
  'an authority that strips client authentication': { deviation: { strips: 'clientAuth' } },
  'an authority whose clock is late': {
    deviation: { validFrom: new Date('2015-01-01T00:00:00Z'), validTo: new Date('2016-01-01T00:00:00Z') },
  },
  'an authority whose clock is early': {
    deviation: { validFrom: new Date('2115-01-01T00:00:00Z'), validTo: new Date('2116-01-01T00:00:00Z') },
  },
}

defineParameterType({
  name: 'authority',
  regexp: new RegExp(Object.keys(authorities).join('|')),
  transformer: (name: string) => name,
})

async function generate(world: LabWorld, host: string, additional = ''): Promise<void> {
  const body = { 'Additional alternative names': additional }
  const { isDone, says } = await press(world, host, serverCertificatePage, 'Generate CSR', body)
  if (!isDone) throw new Mismatch(`the CSR of ${host}`, 'generated', says)
  const [request] = await viewOn(world, host, serverCertificatePage, 'request')
  world.memory.set(`CSR of ${host}`, String(request?.['pem']))
}

const csrOf = (world: LabWorld, host: string) => world.recall<string>(`CSR of ${host}`)

When('the administrator generates a CSR on the {host}', async function (this: LabWorld, host: string) {
  await generate(this, host)
})

When(
  'the administrator generates a CSR on the {host} with the additional names {string}',
  async function (this: LabWorld, host: string, names: string) {
    await generate(this, host, names)
  },
)

/** As the guide has it: the list is copied from the one page to the other. */
When(
  'the administrator generates a CSR on the VCS Expressway with the chat node aliases copied from the VCS Control',
  async function (this: LabWorld) {
    await generate(this, 'vcse1', await proposedBy(this, 'vcsc1', 'chat node aliases'))
  },
)

When('{authority} signs the CSR of the {host}', function (this: LabWorld, authority: string, host: string) {
  const { name, deviation = {} } = authorities[authority]!
  const certificate = openAuthority(this.parameters.pkiFolder, name).sign(csrOf(this, host), deviation)
  this.memory.set(`signed certificate of ${host}`, certificate)
})

Then('the CSR of the {host} names {string}', function (this: LabWorld, host: string, wanted: string) {
  const { names } = signingRequestFacts(csrOf(this, host))
  const missing = wanted.split(', ').filter((name) => !names.includes(name))
  if (missing.length > 0) throw new Mismatch(`names in the CSR of ${host}`, wanted, names)
  this.showRecord(host, `CSR with the subject alternative names ${names.join(', ')}`)
})

Then('the CSR of the {host} does not name {string}', function (this: LabWorld, host: string, unwanted: string) {
  const { names } = signingRequestFacts(csrOf(this, host))
  const found = unwanted.split(', ').filter((name) => names.includes(name))
  if (found.length > 0) throw new Mismatch(`names in the CSR of ${host}`, `none of ${unwanted}`, names)
  this.showRecord(host, `CSR with the subject alternative names ${names.join(', ')}`)
})

Then('the CSR of the {host} asks for {string}', function (this: LabWorld, host: string, usage: string) {
  const { usages } = signingRequestFacts(csrOf(this, host))
  if (!usages.includes(usage)) throw new Mismatch(`usages in the CSR of ${host}`, usage, usages)
  this.showRecord(host, `CSR for ${usages.join(', ')}`)
})

Then('OpenSSL finds the CSR of the {host} valid', async function (this: LabWorld, host: string) {
  const { promise, resolve } = Promise.withResolvers<string>()
  const options = ['req', '-verify', '-noout', '-text']
  const openssl = execFile('openssl', options, (_error, stdout, stderr) => resolve(`${stdout}${stderr}`))
  openssl.stdin!.end(csrOf(this, host))
  const says = await promise
  const wanted = ['verify OK', 'TLS Web Client Authentication']
  if (!wanted.every((text) => says.includes(text))) throw new Mismatch('openssl req -verify', wanted, says)
  this.showRecord(host, 'openssl req -verify: verify OK, TLS Web Client Authentication')
})

/** Names that the page Generate CSR proposes from one source, as they can be copied from it. */
async function proposedBy(world: LabWorld, host: string, source: string): Promise<string> {
  const rows = await viewOn(world, host, serverCertificatePage, 'proposed')
  return String(rows.find((row) => String(row['source']).includes(source))?.['names'] ?? '')
}

Then(
  'the Generate CSR page of the {host} proposes {string} from {string}',
  async function (this: LabWorld, host: string, names: string, source: string) {
    const found = await proposedBy(this, host, source)
    const isThere = (name: string) => found.split(', ').includes(name)
    if (!names.split(', ').every(isThere)) throw new Mismatch(`names from ${source} on ${host}`, names, found)
    this.showRecord(host, `Generate CSR proposes from ${source}: ${found}`)
  },
)

Then(
  'the Generate CSR page of the {host} has nothing from {string}',
  async function (this: LabWorld, host: string, source: string) {
    const found = await proposedBy(this, host, source)
    if (found !== '') throw new Mismatch(`names from ${source} on ${host}`, 'none', found)
    this.showRecord(host, `Generate CSR proposes nothing from ${source}`)
  },
)

Then(
  'the Server certificate page of the {host} misses {string}',
  async function (this: LabWorld, host: string, name: string) {
    const uses = (await viewOn(this, host, serverCertificatePage, 'certificate')).map((row) => String(row['use']))
    if (!uses.some((use) => use.includes('missing: ') && use.includes(name)))
      throw new Mismatch(`names missing in the certificate of ${host}`, name, uses)
    this.showRecord(host, uses.join('; '))
  },
)

Then('the Server certificate page of the {host} misses nothing', async function (this: LabWorld, host: string) {
  const uses = (await viewOn(this, host, serverCertificatePage, 'certificate')).map((row) => String(row['use']))
  if (uses.some((use) => use.includes('missing'))) throw new Mismatch(`names missing at ${host}`, 'none', uses)
  this.showRecord(host, uses.join('; '))
})

Given('the chat node aliases of IM&P are {string}', function (this: LabWorld, aliases: string) {
  this.adapt((plan) =>
    plan.role === 'imp'
      ? { ...plan, configuration: { ...(plan.configuration as object), chatNodeAliases: aliasesOf(aliases) } }
      : plan,
  )
})

When('the chat node aliases of IM&P become {string}', async function (this: LabWorld, aliases: string) {
  await (await this.host('imp1')).management.call('set', { chatNodeAliases: aliasesOf(aliases) })
})

const aliasesOf = (text: string) => text.split(', ').map((alias) => ({ alias }))
