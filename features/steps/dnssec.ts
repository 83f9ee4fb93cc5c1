import { Given, Then } from '@cucumber/cucumber'
import { Mismatch, seen } from '../support/matchers.ts'
import type { LabWorld } from '../support/world.ts'

Given('the Jabber of {user} validates DNS answers', function (this: LabWorld, user: string) {
  this.setClient(user, { dnssec: true })
})

Given('the zone of the {host} is signed', function (this: LabWorld, host: string) {
  this.adapt((plan) =>
    plan.specification.name === host
      ? { ...plan, configuration: { ...(plan.configuration as object), authenticated: true } }
      : plan,
  )
})

Then(
  /^(Alice|Bob) was given (a validated answer|an answer that is not validated) by the public DNS$/,
  async function (this: LabWorld, name: string, kind: string) {
    const user = name.toLowerCase()
    const isValidated = kind === 'a validated answer'
    // The SRV target, written out in full behind the answer's head.
    const isAnswer = ({ from, to, bytes }: { from: string; to: string; bytes: Buffer }) =>
      from === 'pubdns' && to === user && bytes.includes('_collab-edge') && (bytes[2]! & 0x80) !== 0
    const { bytes } = await seen(this, `an answer about _collab-edge to ${user}`, isAnswer)
    // RFC 4035 §3.2.3: the AD bit.
    const hasBit = (bytes[3]! & 0x20) !== 0
    if (hasBit !== isValidated) throw new Mismatch('the AD bit of the answer', isValidated, hasBit)
  },
)
