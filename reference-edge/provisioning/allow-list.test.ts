import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { DiscoveredNode } from '../unified-cm/discovered-node.ts'
import type { AccessPolicy, AccessRequest } from './allow-list.ts'
import { decideAccess } from './allow-list.ts'
import { isInNetwork } from './ipv4-network.ts'

const cucm: DiscoveredNode = {
  kind: 'unified-cm',
  name: 'cucm1',
  fqdn: 'cucm1.example.com',
  address: '127.9.3.20',
  role: 'Publisher',
  publisher: 'cucm1.example.com',
  version: '9.1.2',
  sipTcpPort: 5060,
  tlsVerify: false,
}
const policy: AccessPolicy = {
  entries: ['cuc1.example.com', '127.9.3.50'],
  nodes: [cucm, { ...cucm, kind: 'im-and-presence', name: 'imp1', fqdn: 'imp1.example.com', address: '127.9.3.30' }],
  refusedNetworks: ['127.9.3.10', '127.9.100.0/22'],
}

function decide(host: string, addresses: readonly string[], more: Partial<AccessRequest> = {}, other = policy) {
  const origin = { scheme: 'https' as const, host, port: 8443 }
  return decideAccess({ method: 'GET', target: '/cucm-uds/version', origin, addresses, ...more }, other)
}

test.each([
  ['a discovered node by its FQDN', 'cucm1.example.com', '127.9.3.20'],
  ['by its bare name', 'cucm1', '127.9.3.20'],
  ['by its address', '127.9.3.20', '127.9.3.20'],
  ['by another name of its address', 'phones.example.com', '127.9.3.20'],
  ['an IM and Presence node', 'imp1.example.com', '127.9.3.30'],
  ['a listed name', 'CUC1.example.com', '127.9.3.40'],
  ['a name that resolves to a listed address', 'photos.example.com', '127.9.3.50'],
  ['a listed address', '127.9.3.50', '127.9.3.50'],
])('%s is allowed', (_what, host, address) => {
  expect(decide(host, [address])).toMatchObject({ isAllowed: true, address })
})

test.each([
  ['a server nobody listed', 'intranet.example.com', ['127.9.3.99'], 'Not in allow list'],
  ['the address of a listed name', '127.9.3.40', ['127.9.3.40'], 'Not in allow list'],
  ['a name that ends like an entry', 'evil-cuc1.example.com', ['127.9.3.99'], 'Not in allow list'],
  ['a listed name that resolves to the Control', 'cuc1.example.com', ['127.9.3.10'], 'Address is not allowed'],
  ['to a private loopback address', 'cuc1.example.com', ['127.9.101.10'], 'Address is not allowed'],
  ['to a link-local address', 'cuc1.example.com', ['169.254.169.254'], 'Address is not allowed'],
  ['to a multicast address', 'cuc1.example.com', ['224.0.0.1'], 'Address is not allowed'],
  ['to no host', 'cuc1.example.com', ['0.0.0.0'], 'Address is not allowed'],
  ['to nothing', 'cuc1.example.com', [], 'Host has no address'],
  ['a name nobody listed and nobody knows', 'x.example.com', [], 'Not in allow list'],
])('%s is refused', (_what, host, addresses, reason) => {
  expect(decide(host, addresses)).toEqual({ isAllowed: false, reason })
})

test.each([
  [8443, true],
  [6970, true],
  [443, false],
  [3804, false],
  [5060, false],
])('port %i of a discovered server, allowed: %s', (port, isAllowed) => {
  const origin = { scheme: 'https' as const, host: 'cucm1.example.com', port }
  expect(decide('', ['127.9.3.20'], { origin }).isAllowed).toBe(isAllowed)
  const listed = { ...policy, entries: ['cucm1.example.com'] }
  expect(decide('', ['127.9.3.20'], { origin }, listed).isAllowed).toBe(true)
})

test('an address that is otherwise refused is allowed where it is listed as such', () => {
  const listed = { ...policy, entries: ['169.254.1.1'] }
  expect(decide('box.example.com', ['169.254.1.1'], {}, listed)).toMatchObject({ address: '169.254.1.1' })
})

test('of several addresses the first permitted one is used', () => {
  expect(decide('cuc1.example.com', ['127.9.3.10', '127.9.3.40'])).toMatchObject({ address: '127.9.3.40' })
})

test('the methods of the guide and no others', () => {
  for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS']) {
    expect(decide('cucm1', ['127.9.3.20'], { method }).isAllowed).toBe(true)
  }
  for (const method of ['TRACE', 'CONNECT', 'PATCH', 'PROPFIND', 'get']) {
    expect(decide('cucm1', ['127.9.3.20'], { method }).isAllowed).toBe(false)
  }
})

describe('paths of discovered servers that are not for outside', () => {
  test.each([
    '/axl/',
    '/axl',
    '/AXL/?x',
    '//axl/',
    '/%61xl/',
    '/%2561xl/',
    '/axl;jsessionid=1/x',
    '/;x/axl/',
    '/\\axl',
    '/cucm-uds/../axl/',
    '/cucm-uds/%2e%2e/axl/',
    '/cucm-uds/..;/axl/',
    '/./axl/',
    '/%ff',
    '/realtimeservice/services/RisPort',
    '/ccmadmin/showHome.do',
    '/ccmuser/',
    '/ucmuser/',
    '/cmplatform/',
  ])('%s', (target) => {
    expect(decide('cucm1.example.com', ['127.9.3.20'], { target }).isAllowed).toBe(false)
    // Neither another name of the server nor an entry of the list makes a way around.
    const listed = { ...policy, entries: ['alias.example.com'] }
    expect(decide('alias.example.com', ['127.9.3.20'], { target }, listed).isAllowed).toBe(false)
  })

  test.each([
    '/cucm-uds/user/alice',
    '/CSFALICE.cnf.xml',
    '/',
    '',
    '/EPASSoap/service/v80',
    '/cucm-uds/users?name=axl',
  ])('not %s', (target) => {
    expect(decide('cucm1.example.com', ['127.9.3.20'], { target }).isAllowed).toBe(true)
  })

  test('a server the administrator listed has no such paths', () => {
    expect(decide('cuc1.example.com', ['127.9.3.40'], { target: '/axl/' }).isAllowed).toBe(true)
  })
})

test('whatever a listed name resolves to, a refused address is never dialled', () => {
  const address = fc.oneof(
    fc.ipV4(),
    fc.constantFrom(
      '127.9.3.10',
      '127.9.100.1',
      '127.9.103.255',
      '169.254.0.1',
      '239.1.1.1',
      '0.0.0.0',
      '255.255.255.255',
    ),
  )
  fc.assert(
    fc.property(fc.array(address, { maxLength: 4 }), (addresses) => {
      const decision = decide('cuc1.example.com', addresses)
      const isRefused = (candidate: string) =>
        /^(0|169\.254|22[4-9]|23\d|24\d|25[0-5])\./.test(candidate) || /^127\.9\.(3\.10|10[0-3]\.\d+)$/.test(candidate)
      const usable = addresses.filter((candidate) => !isRefused(candidate))
      expect(decision.isAllowed ? decision.address : undefined).toBe(usable[0])
    }),
  )
})

test('networks: an address is in those, and only those, that share its leading bits', () => {
  fc.assert(
    fc.property(fc.ipV4(), fc.ipV4(), fc.integer({ min: 0, max: 32 }), (address, base, bits) => {
      const binary = (text: string) =>
        text
          .split('.')
          .map((part) => Number(part).toString(2).padStart(8, '0'))
          .join('')
          .slice(0, bits)
      expect(isInNetwork(address, `${base}/${bits}`)).toBe(binary(address) === binary(base))
    }),
  )
})
