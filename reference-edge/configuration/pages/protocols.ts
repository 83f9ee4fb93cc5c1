import { onOff } from '../field.ts'
import { formPage, Product } from '../page.ts'

/** Guide: port reference, SIP from the internet to the VCS Expressway. */
export const expresswaySipProtocol = formPage({
  path: 'Configuration > Protocols > SIP',
  resource: 'edge/protocols/sip',
  on: [Product.expressway],
  intro: 'Clients of mobile and remote access use TLS on port 5061, which is always on.',
  fields: {
    tcpMode: onOff('TCP mode', 'Off', {
      section: 'Configuration',
      help: 'On: calls of other companies are taken over TCP on port 5060 too; nobody can register or sign in there',
    }),
  },
})
