import { randomBytes } from 'node:crypto'
import { Given, Then, When } from '@cucumber/cucumber'
import { openVisitor } from '#lab/operator/visitor.ts'
import { Mismatch } from '../support/matchers.ts'
import { addressOf } from '../support/places.ts'
import { administer, formChange, Page, planPages } from '../support/vcs-pages.ts'
import type { LabWorld } from '../support/world.ts'

const withTurn = (value: string) => formChange(Page.turn, { 'TURN services': value })

Given('TURN services are {onOff} on the VCS Expressway', function (this: LabWorld, isOn: boolean) {
  planPages(this, 'vcse1', withTurn(isOn ? 'On' : 'Off'))
})

When('the administrator sets TURN services to {onOff}', async function (this: LabWorld, isOn: boolean) {
  await administer(this, 'vcse1', withTurn(isOn ? 'On' : 'Off'))
})

/** RFC 5389 §6: type, length 0, magic cookie, transaction. */
function stunRequest(type: number): Buffer {
  const head = Buffer.from([0, type, 0, 0, 0x21, 0x12, 0xa4, 0x42])
  return Buffer.concat([head, randomBytes(12)])
}

const requests = { 'a STUN Binding': 0x01, 'a TURN Allocate': 0x03 } as const

When(
  /^a stranger on the internet sends (a STUN Binding|a TURN Allocate) request to the VCS Expressway$/,
  async function (this: LabWorld, kind: keyof typeof requests) {
    const lab = await this.lab()
    await using visitor = await openVisitor(lab, 'internet')
    const request = stunRequest(requests[kind])
    const answer = await visitor.ask({ address: addressOf(lab, 'vcse1'), port: 3478 }, request)
    const isOurs = answer?.subarray(4, 20).equals(request.subarray(4, 20)) === true
    if (answer !== undefined && !isOurs)
      throw new Mismatch('the answer on 3478', 'of this request', answer.toString('hex'))
    this.memory.set('STUN answer', answer)
  },
)

Then('nothing answers', function (this: LabWorld) {
  const answer = this.recall<Buffer | undefined>('STUN answer')
  if (answer !== undefined) throw new Mismatch('an answer on UDP 3478', 'none', answer.toString('hex'))
  this.showRecord('visitor', 'no answer on UDP 3478')
})

Then('the Binding is answered', function (this: LabWorld) {
  const answer = this.recall<Buffer | undefined>('STUN answer')
  if (answer?.readUInt16BE(0) !== 0x0101) throw new Mismatch('the answer', 'success', answer?.toString('hex'))
  this.showRecord('visitor', `Binding answered by ${answer.length} bytes`)
})

Then('credentials are asked for', function (this: LabWorld) {
  const answer = this.recall<Buffer | undefined>('STUN answer')
  const isError = answer?.readUInt16BE(0) === 0x0113
  const text = answer?.toString('latin1') ?? ''
  if (!isError || !text.includes('Unauthorized') || !text.includes('TANDBERG'))
    throw new Mismatch('the answer', '401 Unauthorized with the realm', answer?.toString('hex'))
  this.showRecord('visitor', 'Allocate answered 401 Unauthorized, realm TANDBERG')
})
