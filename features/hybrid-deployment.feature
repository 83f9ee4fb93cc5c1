Feature: Hybrid deployment
  Instant messaging and presence come from the WebEx cloud, which Jabber reaches directly; voice and video stay on
  premises and pass the edge.

  Rule: instant messaging and presence come from the WebEx cloud, calls go through the edge

    @SCN-07
    Scenario: the ways of Alice at home
      Given a hybrid deployment with the WebEx cloud
      And Alice is signed in
      Then the WebEx cloud receives "GET /cas/FederatedSSO?org=example.com" from the Jabber of Alice
      And the XMPP session of Alice ends at the WebEx cloud
      And the Jabber of Alice has connected to port 5222 of the WebEx cloud
      And the Jabber of Alice has not connected to port 5222 of the VCS Expressway
      And the Jabber of Alice has connected to port 8443 of the VCS Expressway
      And the Jabber of Alice has connected to port 5061 of the VCS Expressway
      And Unified CM has Alice registered
      And the VCS Control reports nothing missing

    @SCN-07
    Scenario: the same with messaging on premises
      Given a single Control, Expressway, Unified CM and IM&P
      And Alice is signed in
      Then the Jabber of Alice has connected to port 5222 of the VCS Expressway
      And the XMPP session of Alice ends at IM&P over the link of the VCS Control

    @SCN-07
    Scenario: Alice at home and Bob in the office chat
      Given a hybrid deployment with the WebEx cloud
      And Alice and Bob are signed in
      When Alice writes "lunch at noon?" to Bob
      Then Bob reads "lunch at noon?" from Alice
      And the WebEx cloud passes the message "lunch at noon?" to the Jabber of Bob in an XMPP stanza
      When Bob writes "half past" to Alice
      Then Alice reads "half past" from Bob
      And the WebEx cloud passes the message "half past" to the Jabber of Alice in an XMPP stanza
      When Bob signs out
      And Alice writes "are you there?" to Bob
      Then the message of Alice comes back with "service-unavailable"

    @SCN-07
    Scenario: presence goes both ways
      Given a hybrid deployment with the WebEx cloud
      And Alice and Bob are signed in
      Then Bob sees Alice as "available"
      And the contact list of Alice has Bob
      When Bob sets the presence "away"
      Then Alice sees Bob as "away"
      And a presence stanza of Bob reaches Alice
      When Alice signs out
      Then Bob sees Alice as "offline"
      And the WebEx cloud has no session of Alice

    @SCN-07
    Scenario: Alice calls Bob while they chat
      Given a hybrid deployment with the WebEx cloud
      And Alice and Bob are signed in
      And Alice is in a call with Bob
      Then Alice and Bob hear each other
      And the RTP of Alice goes to "vcse1" and nowhere else
      And the RTP of Bob goes to "vcsc1" and nowhere else
      When Alice writes "look at page two" to Bob
      Then Bob reads "look at page two" from Alice

  Rule: port 5222 of the Expressway has no part in it

    @SCN-07
    Scenario: the port is blocked, messaging in the cloud goes on
      Given a hybrid deployment with the WebEx cloud
      And Bob is signed in
      When the administrator enters the firewall rules:
        | Priority | Action | Service | From    | Interface |
        | 10       | Reject | 5222    | anybody | All       |
      And the administrator activates the firewall rules
      And the administrator accepts the firewall rules
      And Alice signs in
      Then the sign-in of Alice succeeds
      When Alice writes "still here" to Bob
      Then Bob reads "still here" from Alice
      When Alice calls Bob
      Then the call connects

    @SCN-07
    Scenario: the port is blocked, messaging on premises is lost
      Given a single Control, Expressway, Unified CM and IM&P
      And Bob is signed in
      When the administrator enters the firewall rules:
        | Priority | Action | Service | From    | Interface |
        | 10       | Reject | 5222    | anybody | All       |
      And the administrator activates the firewall rules
      And the administrator accepts the firewall rules
      And Alice signs in
      Then the sign-in of Alice succeeds except for "im-connect": "Cannot communicate with the server"
      And IM&P has no session of Alice
      When Alice calls Bob
      Then the call connects

  Rule: what fails in the cloud does not touch the phone

    @SCN-07
    Scenario: the WebEx cloud goes down during a call and comes back
      Given a hybrid deployment with the WebEx cloud
      And Alice and Bob are signed in
      And Alice is in a call with Bob
      When the WebEx cloud goes down
      Then the instant messaging of Alice ends
      And Alice and Bob hear each other
      And the phone of Alice works
      When the WebEx cloud comes back
      Then the XMPP session of Alice ends at the WebEx cloud
      And the XMPP session of Bob ends at the WebEx cloud
      When Alice writes "you too?" to Bob
      Then Bob reads "you too?" from Alice

    @SCN-07
    Scenario: Alice has another password in the cloud
      Given a hybrid deployment with the WebEx cloud
      And Alice has another password in the WebEx cloud
      And Carol is signed in
      When Alice signs in
      Then the sign-in of Alice succeeds except for "im-login": "Your username or password is not correct"
      And the WebEx cloud has no session of Alice
      When Alice calls Carol
      Then the call connects

  Rule: Jabber asks the cloud for its services domain

    @SCN-07
    Scenario: the customer's domain is not the one of voice services
      Given a hybrid deployment with the WebEx cloud
      And the domain in the WebEx cloud is "example.net"
      And Alice and Bob sign in as users of "example.net" with voice services of "example.com"
      And Alice and Bob are signed in
      Then the WebEx cloud receives "GET /cas/FederatedSSO?org=example.net" from the Jabber of Alice
      And the XMPP session of Alice ends at the WebEx cloud
      When Alice writes "from another domain" to Bob
      Then Bob reads "from another domain" from Alice
      When Alice calls Bob
      Then the call connects

    @SCN-07
    Scenario: the domain is no customer
      Given a hybrid deployment with the WebEx cloud
      And the domain in the WebEx cloud is "example.net"
      And Bob is signed in
      When Alice signs in
      Then the sign-in of Alice succeeds
      And the sign-in of Alice skips "im-connect"
      And the WebEx cloud has no session of Alice
      When Alice calls Bob
      Then the call connects

    @SCN-07
    Scenario: Jabber was installed without WebEx
      Given a hybrid deployment with the WebEx cloud
      And the Jabber of Alice was installed without WebEx
      When Alice signs in
      Then the sign-in of Alice succeeds
      And the sign-in of Alice skips "im-connect"
      And the WebEx cloud receives no "GET /cas/FederatedSSO" from the Jabber of Alice
      And Unified CM has Alice registered
