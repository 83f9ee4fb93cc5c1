import { choice, integer } from '../field.ts'
import { formPage, Product, toolPage } from '../page.ts'

const onControl = [Product.control]

/** How long devices that register to this VCS itself stay registered (labels of X8.1). */
export const sipProtocol = formPage({
  path: 'Configuration > Protocols > SIP',
  resource: 'controller/protocols/sip',
  on: onControl,
  intro: 'Registrations of devices to this VCS itself; those that go to Unified CM are not affected.',
  fields: {
    refreshMinimum: integer('Standard registration refresh minimum', {
      section: 'Registration controls',
      initial: 45,
      minimum: 1,
      maximum: 7_200,
      unit: 'seconds',
      help: 'Registrations for a shorter time are rejected with 423 Interval Too Brief',
    }),
    refreshMaximum: integer('Standard registration refresh maximum', {
      section: 'Registration controls',
      initial: 60,
      minimum: 1,
      maximum: 7_200,
      unit: 'seconds',
      help: 'Longer ones are accepted for this time',
    }),
  },
  check: ({ refreshMinimum, refreshMaximum }) =>
    refreshMinimum > refreshMaximum
      ? [
          {
            field: 'Standard registration refresh minimum',
            says: `${refreshMinimum} is above the maximum of ${refreshMaximum}`,
            action: 'Make it the smaller one',
          },
        ]
      : [],
})

/** Where devices are that connect to this VCS without belonging to a zone. */
export const defaultSubzone = formPage({
  path: 'Configuration > Local Zone > Default Subzone',
  resource: 'controller/localzone/defaultsubzone',
  on: onControl,
  intro: 'Devices that register to this VCS itself, and what they send.',
  fields: {
    authenticationPolicy: choice(
      'Authentication policy',
      ['Do not check credentials', 'Check credentials', 'Treat as authenticated'],
      {
        section: 'Authentication',
        help: 'Check credentials: against the local authentication database',
      },
    ),
  },
})

const details = 'Status > Registrations > By device > Registration details'
const callsPage = `${details} > Calls by registration`

export const registrationDetails = toolPage({
  path: details,
  resource: 'controller/status/registrationdetails',
  on: onControl,
  intro: 'Devices that are registered to this VCS.',
  views: {
    registrations: {
      title: 'Registration details',
      columns: {
        aor: 'Address of record',
        contact: 'Contact',
        userAgent: 'Vendor information',
        zone: 'Zone',
        expires: 'Expires',
        state: 'State',
      },
      empty: 'No device is registered to this VCS',
      about: 'aor',
      link: { label: 'Calls by registration', path: callsPage, by: 'aor' },
    },
  },
})

/** Guide: Checking call status; reached from the details of a registration. */
export const callsByRegistration = toolPage({
  path: callsPage,
  resource: 'controller/status/registrationcalls',
  on: onControl,
  intro: 'The calls of each device that is registered to this VCS: in progress, and of the most recent 500.',
  views: {
    calls: {
      title: 'Calls by registration',
      columns: {
        registration: 'Registration',
        start: 'Start time',
        source: 'Source',
        destination: 'Destination',
        duration: 'Duration',
        status: 'Status',
        components: 'Components',
      },
      empty: 'No call of a registered device',
      about: 'registration',
    },
  },
})
