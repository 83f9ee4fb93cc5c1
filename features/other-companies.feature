Feature: Mobile and remote access: calls with other companies
  Beside mobile and remote access the VCS pair carries calls with other companies: by public DNS and search rules, each
  a VCS traversal call.

  Background:
    Given SIP devices of the Control and another company

  Rule: a call with another company is a VCS traversal call on both VCSs and takes a license

    @OVW-13 @LIC-04 @LIC-05
    Scenario: Peter calls Dave
      Given both VCSs have 1 traversal and 0 non-traversal licenses
      And Dave and Peter are signed in
      When Peter calls Dave
      Then the call connects
      And Dave and Peter hear each other
      And the RTP of Peter goes to "vcse1" and nowhere else
      And the RTP of Dave goes to "vcsc1" and nowhere else
      And the call on the VCS Control is a "VCS traversal call"
      And the call on the VCS Expressway is a "VCS traversal call"
      And both VCSs count 0 remote sessions, 1 of 150 traversal resources and 0.5 of 1 traversal licenses
      When Peter hangs up
      Then the call ends at Dave
      And both VCSs count 0 remote sessions, 0 of 150 traversal resources and 0 of 1 traversal licenses

    @OVW-13 @LIC-05
    Scenario: Peter calls, and no license is installed
      Given both VCSs have 0 traversal and 5 non-traversal licenses
      And Dave and Peter are signed in
      When Peter calls Dave
      Then the call fails with "503 Service Unavailable"
      And the refusal at Peter says "Traversal call license limit reached"
      And no INVITE reaches Dave

    @OVW-13
    Scenario: the components of Dave's call to Peter
      Given Dave and Peter are signed in
      And Dave is in a call with Peter
      Then the VCS Control lists 1 current call and 0 in the history
      And the call on the VCS Control has 3 components, one of them through "TraversalZone"
      And the call on the VCS Expressway has 1 component, one of them through "DNSZone"

    @OVW-13 @CALL-07
    Scenario: Alice calls the desk phone while Dave calls Peter
      Given Alice and Carol are signed in
      And Dave and Peter are signed in
      And Alice is in a call with Carol
      And Dave is in a call with Peter
      Then the calls on the VCS Control are a "Unified CM remote session" and a "VCS traversal call"
      And of 2 calls on the VCS Control one goes through "CEtcp-cucm1" and the other through "LocalZone"
      And of 2 calls on the VCS Expressway one goes through "CollaborationEdgeZone" and the other through "DNSZone"
      And both VCSs count 1 remote session, 2 of 150 traversal resources and 0.5 of 100 traversal licenses

    @OVW-13
    Scenario: Dave calls Peter of another company
      Given both VCSs have 2 traversal and 0 non-traversal licenses
      And Dave offers video too
      And Peter offers video too
      And Dave and Peter are signed in
      When Dave calls Peter
      Then the call connects
      And Dave and Peter hear each other
      And the audio of Peter is SRTP
      And the call on the VCS Expressway is a "VCS traversal call"
      And both VCSs count 0 remote sessions, 1 of 150 traversal resources and 1 of 2 traversal licenses

    @OVW-13
    Scenario: Alice's call is none of them
      Given both VCSs have 2 traversal and 0 non-traversal licenses
      And Alice and Carol are signed in
      When Alice calls Carol
      Then the call connects
      And the call on the VCS Expressway is a "Unified CM remote session"
      And both VCSs count 1 remote session, 1 of 150 traversal resources and 0 of 2 traversal licenses

  Rule: remote sessions and traversal calls share the resources of a VCS

    @LIC-12
    Scenario: two places, one call of each kind, and licenses to spare
      Given both VCSs have room for 2 calls
      And both VCSs have 50 traversal and 50 non-traversal licenses
      And Alice and Carol are signed in
      And Bob and the board room are signed in
      And Dave and Peter are signed in
      And Alice is in a call with Carol
      And Dave is in a call with Peter
      Then both VCSs count 2 of 2 traversal resources and 0.5 of 50 traversal licenses
      When Dave calls Peter
      Then the call fails with "503 Service Unavailable"
      And the refusal at Dave says "Traversal call resource limit reached"
      When the board room calls Bob
      Then the call fails with "503 Service Unavailable"
      And the refusal at the board room says "Traversal call resource limit reached"
      And no INVITE reaches Bob
      When Alice hangs up
      Then the call ends at Carol
      When Dave calls Peter
      Then the call connects
      And both VCSs count 2 of 2 traversal resources and 1 of 50 traversal licenses

  Rule: over the SIP trunk another company reaches Unified CM's devices, and they reach it

    @TRK-03
    Scenario: Peter calls the desk phone while Alice is registered
      Given Carol and Peter are signed in
      And Alice is signed in
      When Peter calls the number "1003@example.com"
      Then the call connects at both ends with Carol
      And Carol and Peter hear each other
      And Unified CM has Alice registered
      And the call on the VCS Control is a "VCS traversal call"

    @TRK-03
    Scenario: without the trunk zone the desk phone is not found
      Given the VCS Control has no neighbor zone "UnifiedCmTrunk"
      And Carol and Peter are signed in
      When Peter calls the number "1003@example.com"
      Then the call fails with "404 Not Found"
      And the VCS Control has not found "1003@example.com"
      And the Unified CM receives no "INVITE"

    @TRK-10
    Scenario: the zone of the trunk has another port than the Incoming Port
      Given Alice, Carol and Peter are signed in
      When the administrator sets the port of the zone "UnifiedCmTrunk" on the VCS Control to 5099
      Then the zone "UnifiedCmTrunk" of the VCS Control fails
      When Peter calls the number "1003@example.com"
      Then the call fails with "503 Service Unavailable"
      When Alice calls Carol
      Then the call connects
      When Alice hangs up
      And the administrator sets the port of the zone "UnifiedCmTrunk" on the VCS Control to 5065
      Then the zone "UnifiedCmTrunk" of the VCS Control is active at port 5065 of Unified CM
      When Peter calls the number "1003@example.com"
      Then the call connects at both ends with Carol

    Scenario: the desk phone calls Peter
      Given Carol and Peter are signed in
      When Carol calls Peter
      Then the call connects
      And Carol and Peter hear each other
      And the call on the VCS Control is a "VCS traversal call"

    @LIC-02 @LIC-04
    Scenario: Peter calls Alice at home: a remote session and a traversal call
      Given Alice and Peter are signed in
      When Peter calls the number "1001@example.com"
      Then the call connects at both ends with Alice
      And Alice and Peter hear each other
      And the calls on the VCS Control are a "Unified CM remote session" and a "VCS traversal call"
      And the calls on the VCS Expressway are a "Unified CM remote session" and a "VCS traversal call"
      And both VCSs count 1 remote session, 2 of 150 traversal resources and 0.5 of 100 traversal licenses

    @LIC-02 @LIC-04
    Scenario: Alice calls Peter from home
      Given Alice and Peter are signed in
      When Alice calls Peter
      Then the call connects
      And Alice and Peter hear each other
      And the calls on the VCS Control are a "Unified CM remote session" and a "VCS traversal call"
      And the calls on the VCS Expressway are a "Unified CM remote session" and a "VCS traversal call"
      And both VCSs count 1 remote session, 2 of 150 traversal resources and 0.5 of 100 traversal licenses
      When Peter hangs up
      Then the call ends at Alice
      And both VCSs count nothing in use

  Rule: search rules say which way a call goes

    Scenario: the search history of both VCSs names rule and zone
      Given Dave and Peter are signed in
      And Dave is in a call with Peter
      Then the VCS Control has found "peter@partner.test" by the search rule "To partner.test" in "TraversalZone"
      And the VCS Expressway has found "peter@partner.test" by the search rule "To partner.test" in "DNSZone"

    Scenario: and from outside
      Given Dave and Peter are signed in
      And Peter is in a call with Dave
      Then the VCS Expressway has found "dave@example.com" by the search rule "FromPartners" in "TraversalZone"
      And the VCS Control has found "dave@example.com" by the search rule "LocalZoneMatch" in "LocalZone"

    Scenario: the Expressway has no rule to the DNS zone, and gets it
      Given the VCS Expressway has no search rule "To partner.test"
      And Dave and Peter are signed in
      When Dave calls Peter
      Then the call fails with "404 Not Found"
      And the VCS Expressway has not found "peter@partner.test"
      And no INVITE reaches Peter
      When the administrator adds the search rule "To partner.test" on the VCS Expressway
      And Dave calls Peter
      Then the call connects

    Scenario: the Control has no rule to the traversal zone, and gets it
      Given the VCS Control has no search rule "To partner.test"
      And Dave and Peter are signed in
      When Dave calls Peter
      Then the call fails with "404 Not Found"
      And the VCS Control has not found "peter@partner.test"
      And the VCS Expressway receives no "INVITE"
      When the administrator adds the search rule "To partner.test" on the VCS Control
      And Dave calls Peter
      Then the call connects

    Scenario: no rule of the Expressway fits what Peter calls
      Given "Pattern string" is "@sales.example.com" in the search rule "FromPartners" of the VCS Expressway
      And Dave and Peter are signed in
      When Peter calls Dave
      Then the call fails with "404 Not Found"
      And the VCS Expressway has not found "dave@example.com"
      And the VCS Control receives no "INVITE"

    Scenario: the rule of the Expressway is for authenticated requests
      Given "Request must be authenticated" is "Yes" in the search rule "FromPartners" of the VCS Expressway
      And Dave and Peter are signed in
      When Peter calls Dave
      Then the call fails with "404 Not Found"
      And the VCS Control receives no "INVITE"

    Scenario: the Expressway has no rule for calls from outside, takes Peter for one of its own clients, and gets it
      Given the VCS Expressway has no search rule "FromPartners"
      And Dave and Peter are signed in
      When Peter calls Dave
      Then the call fails with "407 Proxy Authentication Required"
      And the VCS Control receives no "INVITE"
      When the administrator adds the search rule "FromPartners" on the VCS Expressway
      And Peter calls Dave
      Then the call connects

    Scenario: Unified CM does not know Peter, and the Control goes on to the next rule
      Given a search rule of the VCS Control asks "UnifiedCmTrunk" first for "peter@partner.test" and continues there
      And Dave and Peter are signed in
      When Dave calls Peter
      Then the call connects
      And the Unified CM has refused the VCS Control the call with 404
      And Dave and Peter hear each other

    Scenario: Unified CM does not know Peter, and the rule says Stop
      Given a search rule of the VCS Control asks "UnifiedCmTrunk" first for "peter@partner.test" and stops there
      And Dave and Peter are signed in
      When Dave calls Peter
      Then the call fails with "404 Not Found"
      And the Unified CM has refused the VCS Control the call with 404
      And no INVITE reaches Peter

    Scenario: the desk phone is not registered, and the Control goes on to the next rule
      Given a search rule of the VCS Control asks "UnifiedCmTrunk" first for "1003@example.com" and continues there
      And the device of Erin registers "1003@example.com"
      And Erin and Peter are signed in
      When Peter calls the number "1003@example.com"
      Then the call connects at both ends with Erin
      And the Unified CM has refused the VCS Control the call with 480
      And Erin and Peter hear each other

    Scenario: Erin is busy, and nobody else is asked
      Given Dave and Erin are signed in
      And Erin is busy
      When Dave calls Erin
      Then the call fails with "486 Busy Here"
      And the Unified CM receives no "INVITE"

  Rule: another company is found by its public DNS records

    Scenario: the company has none
      Given the public DNS has no record "_sips._tcp.partner.test"
      And the public DNS has no record "_sip._tcp.partner.test"
      And Dave and Peter are signed in
      When Dave calls Peter
      Then the call fails with "404 Not Found"
      And no INVITE reaches Peter

    Scenario: the company has SIP over TCP only
      Given the public DNS has no record "_sips._tcp.partner.test"
      And Dave and Peter are signed in
      When Dave calls Peter
      Then the call connects
      And Dave and Peter hear each other
      And the call comes to port 5060 of Peter

    Scenario: the SIP server of the company is down, and comes up
      Given Dave is signed in
      When Dave calls Peter
      Then the call fails with "503 Service Unavailable"
      When Peter signs in
      And Dave calls Peter
      Then the call connects

    Scenario: the company does not know whom Dave calls
      Given Dave and Peter are signed in
      When Dave calls the number "paula@partner.test"
      Then the call fails with "404 Not Found"
      And the VCS Expressway has found "paula@partner.test" by the search rule "To partner.test" in "DNSZone"

    Scenario: our own record is missing, and Peter finds nobody to call
      Given the public DNS has no record "_sips._tcp.example.com"
      And Dave and Peter are signed in
      When Peter calls Dave
      Then the call finds nobody listening
      And no INVITE reaches Dave

  Rule: a DNS zone of the Control leads past the Expressway

    Scenario: Dave calls Peter, and the Control finds him itself
      Given the VCS Control has a DNS zone for "partner.test" with TLS verify mode Off
      And Dave and Peter are signed in
      And the internal DNS has the public records of "partner.test" too
      When Dave calls Peter
      Then the call connects
      And Dave and Peter hear each other
      And the call on the VCS Control is a "VCS non-traversal call"
      And the RTP of Dave goes to "peter" and nowhere else
      And the VCS Control has found "peter@partner.test" by the search rule "To partner.test" in "DnsOfControl"
      And the VCS Expressway receives no "INVITE"
      When Peter hangs up
      Then the call ends at Dave
      And both VCSs count nothing in use

    Scenario: the internal DNS does not know the company
      Given the VCS Control has a DNS zone for "partner.test" with TLS verify mode Off
      And Dave and Peter are signed in
      When Dave calls Peter
      Then the call fails with "404 Not Found"
      And no INVITE reaches Peter

    Scenario: TLS verify mode is On, and the Control does not know the company's authority
      Given the VCS Control has a DNS zone for "partner.test" with TLS verify mode On
      And Dave and Peter are signed in
      And the internal DNS has the public records of "partner.test" too
      When Dave calls Peter
      Then the call fails with "503 Service Unavailable"
      And no INVITE reaches Peter
      And the event log of the VCS Control tells "Outbound TLS Negotiation Error"

  Rule: a neighbor zone of the Expressway is target and source of its search rules

    Scenario: Dave and Peter call each other through the zone
      Given the VCS Expressway has a neighbor zone to the company of Peter
      And the public DNS has no record "_sips._tcp.partner.test"
      And Dave and Peter are signed in
      When Dave calls Peter
      Then the call connects
      And Dave and Peter hear each other
      And the RTP of Peter goes to "vcse1" and nowhere else
      And the call on the VCS Expressway has 1 component, one of them through "Partner"
      And the call comes to port 5061 of Peter
      When Dave hangs up
      And Peter calls Dave
      Then the call connects
      And the VCS Expressway has found "dave@example.com" by the search rule "FromPartners" in "TraversalZone"

    Scenario: the peer of the zone is down, and comes up
      Given the VCS Expressway has a neighbor zone to the company of Peter
      And Dave is signed in
      Then the zone "Partner" of the VCS Expressway fails
      When Dave calls Peter
      Then the call fails with "503 Service Unavailable"
      When Peter signs in
      And Dave calls Peter
      Then the call connects

    Scenario: somebody whose certificate is not the peer's is none of the zone
      Given the VCS Expressway has a neighbor zone to the company of Peter
      And the certificate of the company of Peter names only "sip.elsewhere.test"
      And Dave and Peter are signed in
      Then the zone "Partner" of the VCS Expressway fails
      When Peter calls Dave
      Then the call fails with "407 Proxy Authentication Required"
      And the VCS Control receives no "INVITE"

  Rule: between both VCSs calls need the traversal zone

    Scenario: the traversal zone is down
      Given the traversal zone of the VCS Control has the wrong password
      And Dave and Peter are signed in
      When Dave calls Peter
      Then the call fails with "503 Service Unavailable"
      When Peter calls Dave
      Then the call fails with "503 Service Unavailable"
      And the refusal at Peter says "Traversal zone not active"
      When the administrator corrects the traversal zone of the VCS Control
      And Dave calls Peter
      Then the call connects

  Rule: with TLS verify mode On the other company has to prove who it is

    Scenario: its authority is unknown, and is uploaded
      Given the certificate of the company of Peter is from its own authority
      And Dave and Peter are signed in
      When Dave calls Peter
      Then the call fails with "503 Service Unavailable"
      And no INVITE reaches Peter
      And the event log of the VCS Expressway tells "Outbound TLS Negotiation Error"
      When the administrator uploads that company's authority to the VCS Expressway
      And the administrator restarts the VCS Expressway
      And Dave calls Peter
      Then the call connects
      And Dave and Peter hear each other

    Scenario: its authority is unknown, and TLS verify mode is turned off
      Given the certificate of the company of Peter is from its own authority
      And Dave and Peter are signed in
      When Dave calls Peter
      Then the call fails with "503 Service Unavailable"
      When the administrator tries to set "TLS verify mode" of "DNSZone" in "Configuration > Zones > Zones" on the VCS Expressway to "Off"
      And Dave calls Peter
      Then the call connects

    Scenario: its certificate is for somebody else
      Given the certificate of the company of Peter names only "sip.elsewhere.test"
      And Dave and Peter are signed in
      When Dave calls Peter
      Then the call fails with "503 Service Unavailable"
      And no INVITE reaches Peter
      And the event log of the VCS Expressway tells "Outbound TLS Negotiation Error"

  Rule: media with other companies are encrypted outside as those of remote access

    @MENC-01 @MENC-03
    Scenario: a sniffer at each leg of Peter's call
      Given Dave and Peter are signed in
      And Peter is in a call with Dave
      Then Dave and Peter hear each other
      And the audio of Peter is SRTP
      And the media between Peter and the VCS Expressway is encrypted
      And the media between the VCS Expressway and the VCS Control is encrypted
      And the media between the VCS Control and Dave is readable by anybody

    @MENC-01
    Scenario: Peter offers his media in clear
      Given Peter takes no encrypted calls and makes none
      And Dave and Peter are signed in
      When Peter calls Dave
      Then the call fails with "488 Not Acceptable Here"
      And no INVITE reaches Dave
      And no media passes at all

  Rule: calls with other companies behave as calls do

    Scenario: Dave gives up before Peter answers
      Given Dave and Peter are signed in
      And Peter answers no calls
      When Dave calls Peter
      Then it rings at Peter
      When Dave gives up
      Then the call ends at Peter
      And both VCSs count nothing in use

    Scenario: Peter gives up before Dave answers
      Given Dave and Peter are signed in
      And Dave answers no calls
      When Peter calls Dave
      Then it rings at Dave
      When Peter gives up
      Then the call ends at Dave
      And both VCSs count nothing in use

    Scenario: Peter is busy
      Given Dave and Peter are signed in
      And Peter is busy
      When Dave calls Peter
      Then the call fails with "486 Busy Here"
      And both VCSs count nothing in use

    Scenario: Dave is busy
      Given Dave and Peter are signed in
      And Dave is busy
      When Peter calls Dave
      Then the call fails with "486 Busy Here"
      And both VCSs count nothing in use

    Scenario: Peter puts Dave on hold and comes back
      Given Dave and Peter are signed in
      And Dave is in a call with Peter
      When Peter puts the call on hold
      Then the call is held at Dave
      And Peter hears nothing
      When Peter resumes the call
      Then Dave and Peter hear each other

    Scenario: Alice puts Peter on hold and comes back
      Given Alice and Peter are signed in
      And Alice is in a call with Peter
      When Alice puts the call on hold
      Then the call is held at Peter
      And Alice hears nothing
      When Alice resumes the call
      Then Alice and Peter hear each other

    Scenario: Peter speaks before he answers Dave
      Given Dave and Peter are signed in
      And Peter speaks before he answers
      When Dave calls Peter
      Then Peter has sent "183 Session Progress" with a description
      And Dave has been told "180 Ringing" without a description
      And Dave hears nothing of what Peter says
      When Peter answers
      Then the call connects
      And Dave and Peter hear each other
