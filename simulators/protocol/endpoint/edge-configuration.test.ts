import { expect, test } from 'vitest'
import { readEdgeConfiguration } from './edge-configuration.ts'
import { edgeSegment, edgeTarget } from './edge-path.ts'

const document = `<?xml version='1.0' encoding='UTF-8'?>
<getEdgeConfigResponse version="1.0">
 <serviceConfig>
  <service><name>_cisco-phone-tftp</name><error>NameError</error></service>
  <service><name>_cisco-uds</name>
   <server><priority>20</priority><weight>10</weight><port>8443</port><address>cucm2.example.com</address></server>
   <server><priority>10</priority><weight>10</weight><port>8443</port><address>cucm1.example.com</address></server></service>
  <service><name>tftpServer</name><address>cucm1.example.com</address><address/></service>
 </serviceConfig>
 <edgeConfig>
  <sipEdgeServer><server><address>vcse1.example.com</address><tlsPort>5061</tlsPort></server></sipEdgeServer>
  <sipRequest><route>&lt;sip:127.0.10.20:5061;transport=tls;zone-id=3;directed;lr&gt;</route></sipRequest>
  <xmppEdgeServer><server><address>vcse1.example.com</address><tlsPort>5222</tlsPort></server></xmppEdgeServer>
  <httpEdgeServer><server><address>vcse1.example.com</address><tlsPort>8443</tlsPort></server></httpEdgeServer>
  <turnEdgeServer/>
  <userUdsServer/>
 </edgeConfig>
</getEdgeConfigResponse>`

test('the answer to get_edge_config is read', () => {
  expect(readEdgeConfiguration(document)).toMatchObject({
    services: {
      '_cisco-phone-tftp': { servers: [], error: 'NameError' },
      '_cisco-uds': { servers: [{ host: 'cucm1.example.com' }, { host: 'cucm2.example.com' }] },
    },
    tftpServers: ['cucm1.example.com'],
    sipEdgeServers: [{ host: 'vcse1.example.com', port: 5061 }],
    sipRoute: '<sip:127.0.10.20:5061;transport=tls;zone-id=3;directed;lr>',
    userUdsServers: [],
  })
})

test('another document is no edge configuration', () => {
  expect(() => readEdgeConfiguration('<html/>')).toThrow('<html>')
  expect(() => readEdgeConfiguration('<getEdgeConfigResponse>')).toThrow('well-formed')
})

test.each([
  [edgeSegment('example.com'), 'ZXhhbXBsZS5jb20'],
  [edgeSegment('ent-pa.com'), 'ZW50LXBhLmNvbQ'],
  [
    edgeTarget('example.com', new URL('https://cucm1.example.com:8443/cucm-uds/version?a=b')),
    '/ZXhhbXBsZS5jb20vaHR0cHMvY3VjbTEuZXhhbXBsZS5jb20vODQ0Mw/cucm-uds/version?a=b',
  ],
  [
    edgeTarget('example.com', new URL('https://cuc.example.com/vmrest')),
    '/ZXhhbXBsZS5jb20vaHR0cHMvY3VjLmV4YW1wbGUuY29tLzQ0Mw/vmrest',
  ],
])('%s is the path', (made, expected) => {
  expect(made).toBe(expected)
})
