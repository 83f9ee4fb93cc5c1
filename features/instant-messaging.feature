Feature: Instant messaging and presence
  Jabber outside uses the enterprise's IM and Presence service: XMPP to the VCS Expressway, from there over the VCS
  Control to IM&P.

  Background:
    Given a single Control, Expressway, Unified CM and IM&P

  Rule: messages and presence pass between inside and outside

    @OVW-04 @JVPN-04
    Scenario: Alice at home and Bob in the office chat
      Given Alice and Bob are signed in
      When Alice writes "lunch at noon?" to Bob
      Then Bob reads "lunch at noon?" from Alice
      When Bob writes "half past" to Alice
      Then Alice reads "half past" from Bob
      And the IM&P passes the message "half past" to the VCS Control in an XMPP stanza

    @OVW-05 @JVPN-04
    Scenario: presence goes both ways
      Given Alice and Bob are signed in
      Then Bob sees Alice as "available"
      And the contact list of Alice has Bob
      When Bob sets the presence "away"
      Then Alice sees Bob as "away"
      And a presence stanza of Bob reaches Alice
      When Alice sets the presence "do not disturb"
      Then Bob sees Alice as "do not disturb"
      And a presence stanza of Alice reaches Bob

    @OVW-05
    Scenario: Alice leaves, her colleagues see it
      Given Alice and Bob are signed in
      Then Bob sees Alice as "available"
      When Alice signs out
      Then Bob sees Alice as "offline"
      And IM&P has no session of Alice

    @JVPN-04
    Scenario: Bob is not there
      Given Alice is signed in
      When Alice writes "lunch at noon?" to Bob
      Then the message of Alice comes back with "service-unavailable"

  Rule: the session of a client outside ends at IM&P

    @DOM-06 @PORT-IN-01 @PORT-CE-01 @PORT-CU-01
    Scenario: the way of the XMPP session
      Given Alice is signed in
      Then the Jabber of Alice has connected to port 5222 of the VCS Expressway
      And the VCS Control has connected to port 7400 of the VCS Expressway
      And the VCS Control has connected to port 7400 of the IM&P
      And the VCS Expressway has opened no connection to the inside
      And the XMPP session of Alice ends at IM&P over the link of the VCS Control

    @DOM-06 @DOM-09
    Scenario: IM and Presence services were left off for the domain
      Given IM and Presence services on Unified CM are off for the domain
      And Carol is signed in
      When Alice signs in
      Then the sign-in of Alice succeeds except for "im-connect": "no XMPP server is known"
      And IM&P has no session of Alice
      When Alice calls Carol
      Then the call connects
      When the administrator turns IM and Presence services on Unified CM on
      And the administrator restarts the VCS Control
      And Alice signs in
      Then the sign-in of Alice succeeds
      And the XMPP session of Alice ends at IM&P over the link of the VCS Control

    @DOM-06
    Scenario: IM and Presence services are turned off while Alice chats
      Given Alice is signed in
      And the instant messaging of Alice works
      When the administrator turns IM and Presence services on Unified CM off
      Then the instant messaging of Alice works
      When the administrator restarts the VCS Control
      Then the instant messaging of Alice ends
      And IM&P has no session of Alice
      And the phone of Alice works

    @OVW-04 @OVW-05
    Scenario: IM&P goes down, phones go on
      Given Alice and Carol are signed in
      And the instant messaging of Alice works
      When the "Cisco XCP Router" of IM&P stops
      Then the instant messaging of Alice ends
      When Alice calls Carol
      Then the call connects
      And Alice and Carol hear each other

    @PORT-CU-01
    Scenario: port 7400 of IM&P is closed
      Given Carol is signed in
      And the "Cisco XCP Router" of IM&P stops
      When Alice signs in
      Then the sign-in of Alice succeeds except for "im-connect": "internal-server-error"
      When Alice calls Carol
      Then the call connects

  Rule: a deployment has one IM and Presence domain

    @UNSF-08
    Scenario: a second domain for instant messaging
      Given Alice and Bob are signed in
      When the administrator adds the domain "example.org" with IM and Presence services on
      Then the VCS Control refuses the change: "is on for another domain; a deployment has one IM and Presence domain"
      And the VCS Control has the domains "example.com"
      When Alice writes "are you still there?" to Bob
      Then Bob reads "are you still there?" from Alice

    @UNSF-08
    Scenario: a second domain for calls
      Given Alice and Bob are signed in
      When the administrator adds the domain "example.org" with IM and Presence services off
      And the administrator restarts the VCS Control
      Then the VCS Control has the domains "example.com, example.org"
      When Alice signs in
      And Alice writes "are you still there?" to Bob
      Then Bob reads "are you still there?" from Alice

  Rule: without IM and Presence servers the phone services stand alone

    @DISC-03
    Scenario: no IM and Presence server is configured, as in the hybrid model
      Given the VCS Control knows no IM&P
      And IM and Presence services on Unified CM are off for the domain
      And Unified CM has Alice not enabled for IM and Presence
      And Carol is signed in
      When Alice signs in
      Then the sign-in of Alice succeeds
      And the sign-in of Alice skips "im-connect"
      And the VCS Control reports nothing missing
      And Alice has said nothing in XMPP
      When Alice calls Carol
      Then the call connects
      And Alice and Carol hear each other

  Rule: federation is the business of IM&P

    @UNSF-12
    Scenario: a foreign server looks for XMPP federation at the Expressway
      Given Alice is signed in
      When a stranger on the internet connects to port 5269 of the VCS Expressway
      Then the stranger is not connected
      When a stranger on the internet connects to port 5222 of the VCS Expressway
      Then the stranger is connected

    @UNSF-12
    Scenario: Alice writes to somebody elsewhere
      Given Alice is signed in
      When Alice writes "hello" to the address "dora@partner.example.net"
      Then the message of Alice comes back with "remote-server-not-found"

    @UNSF-13
    Scenario: Alice at home chats with somebody of another company
      Given IM&P federates with another company
      And Alice is signed in
      And Dora of that company is online
      When Alice writes "can you join at noon?" to Dora
      Then Dora reads "can you join at noon?" from Alice
      And the VCS Control passes the message "can you join at noon?" to the IM&P in an XMPP stanza
      And the IM&P passes the message "can you join at noon?" to the partner's IM&P in an XMPP stanza
      When Dora writes "with pleasure" to Alice
      Then Alice reads "with pleasure" from Dora
      And the partner's IM&P passes the message "with pleasure" to the IM&P in an XMPP stanza
      And IM&P and the partner believe each other by dialback

    @UNSF-13
    Scenario: federation of IM&P stops, colleagues chat on
      Given IM&P federates with another company
      And Alice and Bob are signed in
      And Dora of that company is online
      When the "Cisco XCP XMPP Federation Connection Manager" of IM&P stops
      And Alice writes "can you join at noon?" to Dora
      Then the message of Alice comes back with "remote-server-not-found"
      When Dora writes "are you there?" to Alice
      Then the message of Dora comes back with "remote-server-timeout"
      When Alice writes "Dora is gone" to Bob
      Then Bob reads "Dora is gone" from Alice
      When the "Cisco XCP XMPP Federation Connection Manager" of IM&P runs
      And Alice writes "and now?" to Dora
      Then Dora reads "and now?" from Alice
