import { defineParameterType } from '@cucumber/cucumber'

/** Hosts as the guide calls them, by the name they have in the deployment. */
const hostNames: Readonly<Record<string, string>> = {
  'VCS Control': 'vcsc1',
  'second VCS Control': 'vcsc2',
  'VCS Expressway': 'vcse1',
  'second VCS Expressway': 'vcse2',
  'Unified CM': 'cucm1',
  'second Unified CM': 'cucm2',
  'subscriber of Unified CM': 'cucm2',
  'publisher of the other Unified CM cluster': 'cucm3',
  'IM&P': 'imp1',
  "partner's IM&P": 'imp2',
  'subscriber of IM&P': 'imp2',
  'Unity Connection': 'cuc1',
  'web server': 'web1',
  'WebEx cloud': 'loginp',
  'public NTP server': 'pubntp',
  'inside NTP server': 'ntp1',
  'public DNS': 'pubdns',
  'internal DNS': 'intdns',
  'Jabber of Alice': 'alice',
  'Jabber of Bob': 'bob',
  'desk phone': 'carol',
  'TC endpoint': 'boardroom',
}

defineParameterType({
  name: 'host',
  regexp: new RegExp(Object.keys(hostNames).join('|')),
  transformer: (name: string) => hostNames[name]!,
})

/** A person or room, by the user id of the topology. */
const users: Readonly<Record<string, string>> = {
  Alice: 'alice',
  Bob: 'bob',
  Carol: 'carol',
  Dave: 'dave',
  Erin: 'erin',
  Peter: 'peter',
  'the H.323 gateway': 'gateway',
  'the Lync server': 'lync',
  'the board room': 'boardroom',
}

defineParameterType({
  name: 'user',
  regexp: new RegExp(Object.keys(users).join('|')),
  transformer: (name: string) => users[name]!,
})

export interface Status {
  readonly status: number
  readonly reason: string
}

defineParameterType({
  name: 'status',
  regexp: /"(\d{3}) ([^"]+)"/,
  transformer: (code: string, reason: string): Status => ({ status: Number(code), reason }),
})

defineParameterType({
  name: 'protocol',
  regexp: /SIP|HTTP|XMPP|DNS|SSH|XCP/,
  transformer: (name: string) => name,
})

defineParameterType({ name: 'audioProtection', regexp: /SRTP|plain RTP/, transformer: (text: string) => text })

/** A host with its article, or a user's client. */
defineParameterType({
  name: 'place',
  regexp: new RegExp([...Object.keys(hostNames).map((name) => `the ${name}`), ...Object.keys(users)].join('|')),
  transformer: (name: string) => users[name] ?? hostNames[name.replace(/^the /, '')]!,
})

defineParameterType({ name: 'switch', regexp: /on|off/, transformer: (text: string) => text === 'on' })

defineParameterType({ name: 'stageOutcome', regexp: /ok|failed|skipped/, transformer: (text: string) => text })

defineParameterType({ name: 'sessionState', regexp: /current|recent/, transformer: (text: string) => text })

defineParameterType({ name: 'onOff', regexp: /On|Off/, transformer: (text: string) => text === 'On' })
