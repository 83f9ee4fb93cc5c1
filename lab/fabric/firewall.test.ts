import { expect, test } from 'vitest'
import { Firewall } from './firewall.ts'
import { FirewallUnavailable } from './netfilter.ts'
import { isInPrivateFabric } from './private.ts'

test.skipIf(isInPrivateFabric())("the machine's own tables are out of reach", () => {
  const place = { governed: '127.1.0.0/16', open: [], guarded: [], answer: 'reset' } as const
  expect(() => new Firewall(place)).toThrow(FirewallUnavailable)
})
