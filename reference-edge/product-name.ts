/** What both VCSs call themselves in Server and User-Agent of SIP. */
export const sipProductName = 'TANDBERG/4132 (X8.1.1)'
