import { Given, Then, When } from '@cucumber/cucumber'
import { openAuthority } from '#lab/pki/authority.ts'
import { publicAuthority } from '#lab/pki/public-authorities.ts'
import { domainOf } from '#lab/plan/sip-devices.ts'
import { readTopology } from '#lab/topology/topology.ts'
import { seen } from '../support/matchers.ts'
import { statusOf } from '../support/refusals.ts'
import type { LabWorld } from '../support/world.ts'

/** Of another company: nobody here has heard of it. */
const theirAuthority = 'Authority of another company'

/** In place of the certificate of a public authority. */
Given('the certificate of the company of {user} is from its own authority', function (this: LabWorld, user: string) {
  const device = readTopology(this.topology).devices.find(({ id }) => id === user)
  if (device === undefined) throw new Error(`${user} is no device of ${this.topology}`)
  this.adaptClient(user, (specification) => {
    const names = [specification.fqdn, domainOf(device)]
    const identity = openAuthority(this.parameters.pkiFolder, theirAuthority).issue({ commonName: names[0]!, names })
    return { ...specification, identity }
  })
})

Given(
  'the certificate of the company of {user} names only {string}',
  function (this: LabWorld, user: string, name: string) {
    const identity = publicAuthority(this.parameters.pkiFolder).issue({ commonName: name, names: [name] })
    this.adaptClient(user, (specification) => ({ ...specification, identity }))
  },
)

When("the administrator uploads that company's authority to the {host}", async function (this: LabWorld, host: string) {
  const lab = await this.lab()
  await using administrator = lab.administrator(host)
  const { url } = await administrator.page('Maintenance > Security certificates > Trusted CA certificate')
  const { certificate } = openAuthority(this.parameters.pkiFolder, theirAuthority)
  await administrator.call({
    method: 'POST',
    path: `${url}/actions/append`,
    body: { 'CA certificates': certificate },
  })
})

Given('{user} takes no encrypted calls and makes none', async function (this: LabWorld, user: string) {
  await (await this.user(user)).call('setMedia', { encryption: 'off' })
})

Then('the call comes to port {int} of {user}', async function (this: LabWorld, port: number, user: string) {
  await seen(
    this,
    `an INVITE at port ${port} of ${user}`,
    ({ to, toEndpoint, summary }) => to === user && toEndpoint.endsWith(`:${port}`) && summary.startsWith('INVITE '),
  )
})

Then(
  '{place} has refused {place} the call with {int}',
  async function (this: LabWorld, from: string, to: string, status: number) {
    await seen(
      this,
      `${status} from ${from} at ${to}`,
      (message) => message.from === from && message.to === to && statusOf(message) === status,
    )
  },
)
