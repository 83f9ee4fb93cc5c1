import { Then } from '@cucumber/cucumber'
import { briefly, Mismatch, allSeen } from '../support/matchers.ts'
import type { LabWorld } from '../support/world.ts'

/** By the first media line of each offer. */
Then(
  'every INVITE between {place} and {place} asks for {audioProtection}',
  async function (this: LabWorld, one: string, other: string, wanted: string) {
    const isBetween = ({ from, to }: { from: string; to: string }) =>
      (from === one && to === other) || (from === other && to === one)
    const offers = await allSeen(
      this,
      (message) => isBetween(message) && message.summary.startsWith('INVITE ') && message.bytes.includes('\nm=audio'),
    )
    const profile = wanted === 'SRTP' ? 'RTP/SAVP ' : 'RTP/AVP '
    const wrong = offers.filter(({ bytes }) => !new RegExp(`^m=audio \\d+ ${profile}`, 'm').test(bytes.toString()))
    if (offers.length === 0 || wrong.length > 0)
      throw new Mismatch(`offers ${one} – ${other}`, wanted, (wrong.length > 0 ? wrong : offers).map(briefly))
  },
)
