import * as v from 'valibot'
import { certificate, description, name, port, text } from './fields.ts'

const securityModes = ['Non Secure', 'Authenticated', 'Encrypted'] as const

/** System > Security > Phone Security Profile: the fields of its page; those without default are starred there. */
export const phoneSecurityProfile = v.strictObject({
  productType: v.optional(text, 'Cisco Unified Client Services Framework'),
  deviceProtocol: v.optional(v.picklist(['SIP']), 'SIP'),
  /** For remote devices an FQDN of the enterprise domain: the Control's certificate has to hold it. */
  name: text,
  description,
  /** Seconds. */
  nonceValidityTime: v.pipe(v.number('must be a number of seconds'), v.integer(), v.minValue(0)),
  deviceSecurityMode: v.optional(v.picklist(securityModes), 'Non Secure'),
  transportType: v.picklist(['TCP', 'UDP', 'TCP+UDP', 'TLS']),
  enableDigestAuthentication: v.optional(v.boolean(), false),
  tftpEncryptedConfig: v.optional(v.boolean(), false),
  excludeDigestCredentialsInConfigurationFile: v.optional(v.boolean(), false),
  authenticationMode: v.picklist([
    'By Null String',
    'By Authentication String',
    'By Existing Certificate (precedence to LSC)',
    'By Existing Certificate (precedence to MIC)',
  ]),
  keySizeBits: v.picklist([512, 1024, 2048]),
  /** Where the device takes requests: its Contact has to name this port. 5061 for TLS. */
  sipPhonePort: port,
})

/** System > Security > SIP Trunk Security Profile. */
export const sipTrunkSecurityProfile = v.strictObject({
  name: text,
  description,
  deviceSecurityMode: v.optional(v.picklist(securityModes), 'Non Secure'),
  incomingTransportType: v.optional(v.picklist(['TCP+UDP', 'TLS']), 'TCP+UDP'),
  outgoingTransportType: v.optional(v.picklist(['TCP', 'UDP', 'TLS']), 'TCP'),
  /** A name of the destination's certificate, where a trunk goes over TLS. */
  x509SubjectName: v.optional(name, ''),
  /** Where trunks of this profile are taken. Must not be a port of the line side (guide: SIP trunks). */
  incomingPort: port,
})

/** Cisco Unified OS Administration, Security > Certificate Management: trusted certificates. */
export const trustedCertificate = v.strictObject({
  certificatePurpose: v.picklist(['CallManager-trust', 'tomcat-trust']),
  description,
  certificate,
})
