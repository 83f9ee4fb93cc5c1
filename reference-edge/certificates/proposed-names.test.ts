import { X509Certificate } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { testAuthority } from './authority.fixture.ts'
import { missingNames } from './missing-names.ts'
import {
  additionalNames,
  DomainFormat,
  namesOfText,
  type NamingFacts,
  proposedNames,
  usableNames,
} from './proposed-names.ts'
import { makeSigningRequest } from './signing-request.ts'

const control: NamingFacts = {
  fqdn: 'vcsc1.example.com',
  clusterName: 'vcsc.example.com',
  system: {
    kind: 'VCS Control',
    phoneSecurityProfiles: ['jabber.secure.example.com', 'EX90-secure', 'two words.example.com'],
    chatNodeAliases: ['conference-2-StandAloneCluster1.example.com'],
  },
}
const expressway: NamingFacts = {
  fqdn: 'vcse1.example.com',
  system: {
    kind: 'VCS Expressway',
    domains: ['example.com', 'chat.example.com', 'Example.com'],
    chatNodeAliases: ['conference-2-StandAloneCluster1.example.com'],
  },
}

describe('names proposed for a CSR', () => {
  it("of a Control: profiles that are FQDNs and chat node aliases; the others say why they can't", () => {
    const groups = proposedNames(control)
    expect(groups.map(({ label }) => label)).toEqual([
      'FQDN of VCS',
      'Unified CM phone security profile names',
      'IM and Presence chat node aliases (federated group chat)',
    ])
    expect(groups[1]!.names.map(({ note }) => note)).toEqual([
      undefined,
      expect.stringContaining('FQDN format'),
      expect.stringContaining('Not a DNS name'),
    ])
    expect(usableNames(groups).map(({ value }) => value)).toEqual([
      'vcsc1.example.com',
      'vcsc.example.com',
      'jabber.secure.example.com',
      'conference-2-StandAloneCluster1.example.com',
    ])
  })

  it.each([
    [DomainFormat.DNS, 'DNS', ['example.com', 'chat.example.com']],
    [DomainFormat.SRVName, 'SRVName', ['_collab-edge._tls.example.com', '_collab-edge._tls.chat.example.com']],
    [DomainFormat.CollabEdgeDNS, 'DNS', ['collab-edge.example.com', 'collab-edge.chat.example.com']],
  ] as const)('of an Expressway: each domain once, as %s', (format, kind, values) => {
    const group = proposedNames(expressway, format).find(({ label }) => label === 'Unified CM registrations domains')
    expect(group!.names).toEqual(values.map((value) => ({ kind, value })))
  })

  it('before there is anything to propose', () => {
    const facts: NamingFacts = {
      fqdn: undefined,
      system: { kind: 'VCS Control', phoneSecurityProfiles: [], chatNodeAliases: [] },
    }
    expect(usableNames(proposedNames(facts))).toEqual([])
  })

  it('typed by hand', () => {
    expect(namesOfText(' a.example.com, b.example.com\n\nc.example.com;')).toHaveLength(3)
    expect(additionalNames('a.example.com, 192.0.2.10')).toEqual([
      { kind: 'DNS', value: 'a.example.com' },
      { kind: 'IP', value: '192.0.2.10' },
    ])
  })
})

describe('a certificate made from the proposals', () => {
  const authority = testAuthority()
  it.each([
    [control, 'DNS', ['EX90-secure', 'two words.example.com']],
    [expressway, 'DNS', []],
    [expressway, 'SRVName', []],
    [expressway, 'CollabEdgeDNS', []],
  ] as const)('lacks nothing that can be had (%#)', async (facts, format, missing) => {
    const alternativeNames = usableNames(proposedNames(facts, format))
    const outcome = await makeSigningRequest({ commonName: facts.fqdn!, alternativeNames })
    const certificate = new X509Certificate(outcome.ok ? authority.sign(outcome.request) : '')
    expect(missingNames(certificate, facts).map(({ name }) => name)).toEqual(missing)
  })

  it('lacks a domain that was added later', async () => {
    const { cert } = authority.issue({ commonName: 'vcse1.example.com', names: ['example.com'] })
    const missing = missingNames(new X509Certificate(cert), expressway)
    expect(missing[0]).toEqual({
      name: 'chat.example.com',
      consequence: 'clients of this domain refuse the VCS Expressway',
    })
  })
})
