/** Targets of the HTTPS edge that are no request for a service, and the status that is right (security class 12). */
export interface PathGame {
  readonly name: string
  readonly target: string
  readonly status: 400 | 401 | 403 | 404
}

const encode = (text: string) => Buffer.from(text, 'latin1').toString('base64')
const bare = (text: string) => encode(text).replace(/=+$/, '')
const malformed = (name: string, target: string): PathGame => ({ name, target, status: 400 })

export const pathGames: readonly PathGame[] = [
  malformed('no segment', '/'),
  malformed('a segment that is no base64', '/get_edge_config'),
  malformed('a percent sign in the segment', `/${bare('example.com')}%00/get_edge_config`),
  malformed('an encoded slash', `/${bare('example.com')}%2fget_edge_config`),
  malformed('one digit too many', `/${bare('example.co')}A/get_edge_config`),
  malformed('wrong padding', `/${bare('example.com')}==/get_edge_config`),
  malformed('padding in the middle', `/${bare('exam')}=${bare('ple.com')}/get_edge_config`),
  malformed('both alphabets', '/fn5-fn8/+_x/'.replace('fn8/', 'fn8')),
  malformed('bits in the trailing digit', `/${bare('example.com').slice(0, -1)}1/get_edge_config`),
  malformed('a NUL', `/${bare('example.com\0')}/get_edge_config`),
  malformed('a NUL between', `/${bare('example.com\0.evil.example')}/get_edge_config`),
  malformed('a line end', `/${bare('example.com\r\nX: y')}/get_edge_config`),
  malformed('a blank', `/${bare('example.com ')}/get_edge_config`),
  malformed('two fields', `/${bare('example.com/https')}/x`),
  malformed('three fields', `/${bare('example.com/https/cucm1.example.com')}/cucm-uds/version`),
  malformed('five fields', `/${bare('example.com/https/cucm1.example.com/8443/x')}/cucm-uds/version`),
  malformed('empty fields', `/${bare('example.com///')}/x`),
  malformed('steps up in the domain', `/${bare('../../etc/passwd')}/x`),
  malformed('steps up in the host', `/${bare('example.com/https/../8443')}/x`),
  malformed('another scheme', `/${bare('example.com/file/etc/80')}/passwd`),
  malformed('port 0', `/${bare('example.com/https/cucm1.example.com/0')}/x`),
  malformed('port 65536', `/${bare('example.com/https/cucm1.example.com/65536')}/x`),
  malformed('a port with a sign', `/${bare('example.com/https/cucm1.example.com/+443')}/x`),
  malformed('a port in hexadecimal', `/${bare('example.com/https/cucm1.example.com/0x1bb')}/x`),
  malformed('a user in the host', `/${bare('example.com/https/a@cucm1.example.com/8443')}/x`),
  malformed('an IPv6 host', `/${bare('example.com/https/[::1]/8443')}/x`),
  malformed('an octal host', `/${bare('example.com/https/0177.0.0.1/8443')}/x`),
  malformed('a decimal host', `/${bare('example.com/https/2130706433/8443')}/x`),
  malformed('a whole URL', 'http://cucm1.example.com/cucm-uds/version'),
  malformed('a star', '*'),
  { name: 'another domain', target: `/${bare('example.org')}/get_edge_config`, status: 403 },
  {
    name: 'another domain, four fields',
    target: `/${bare('example.org/https/cucm1.example.com/8443')}/x`,
    status: 403,
  },
  // A question of credentials first: who has none learns nothing about the allow list.
  { name: 'a host not on the allow list', target: `/${bare('example.com/https/127.0.0.1/22')}/x`, status: 401 },
  { name: 'the edge itself', target: `/${bare('example.com/https/vcse1.example.com/443')}/`, status: 401 },
  { name: 'steps up behind the segment', target: `/${bare('example.com')}/../../etc/passwd`, status: 404 },
  { name: 'the URL alphabet, padded', target: `/${encode('example.com')}/get_edge_config`, status: 401 },
]
