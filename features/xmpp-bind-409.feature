Feature: Jabber cannot sign in due to XMPP bind failure
  The stream authenticates and then cannot be bound: a fault of IM and Presence, which both VCSs only pass on.

  Background:
    Given a single Control, Expressway, Unified CM and IM&P

  Rule: IM and Presence answers the bind with a conflict

    @TRB-BIND-01 @TRB-BIND-02
    Scenario: Alice cannot communicate with the server
      Given Alice is known at another IM&P cluster too
      And the deployment runs
      And the "Cisco Intercluster Sync Agent" of IM&P stops
      When Alice signs in
      Then the sign-in of Alice succeeds except for "im-connect": "Cannot communicate with the server"
      And Alice receives the bind error of the guide
      And IM&P has accepted the login of Alice
      And IM&P has no session of Alice

    @TRB-BIND-03
    Scenario: what the log of Alice's Jabber says
      Given Alice is known at another IM&P cluster too
      And the deployment runs
      And the "Cisco Intercluster Sync Agent" of IM&P stops
      When Alice signs in
      Then Alice receives the bind error of the guide
      And the log of Alice's Jabber has "CXmppClient::onResourceBindError"
      And the log of Alice's Jabber has "CTriClient::HandleDisconnect, reason:16"
      And Alice's Jabber has left port 5222 of the VCS Expressway

    Scenario: nothing is wrong, the log is empty
      Given Alice is known at another IM&P cluster too
      When Alice signs in
      Then the sign-in of Alice succeeds
      And the log of Alice's Jabber is empty

    @TRB-BIND-01
    Scenario: the phone is not affected
      Given Alice is known at another IM&P cluster too
      And Carol is signed in
      And the "Cisco Intercluster Sync Agent" of IM&P stops
      When Alice signs in
      Then Alice has no instant messaging
      When Alice calls Carol
      Then the call connects
      And Alice and Carol hear each other

  Rule: the Intercluster Sync Agent has to work

    @TRB-BIND-04 @fault:409-xmpp-bind
    Scenario: the agent is repaired
      Given Alice is known at another IM&P cluster too
      And the deployment runs
      And the "Cisco Intercluster Sync Agent" of IM&P stops
      When Alice signs in
      Then Alice receives the bind error of the guide
      When the "Cisco Intercluster Sync Agent" of IM&P runs
      And Alice signs in
      Then the sign-in of Alice succeeds
      And the XMPP session of Alice ends at IM&P over the link of the VCS Control

    @TRB-BIND-04
    Scenario: a user of one cluster only does not notice
      Given Bob is known at another IM&P cluster too
      And the deployment runs
      And the "Cisco Intercluster Sync Agent" of IM&P stops
      When Alice signs in
      Then the sign-in of Alice succeeds
      And the XMPP session of Alice ends at IM&P over the link of the VCS Control
      When Bob signs in
      Then the sign-in of Bob succeeds except for "im-connect": "Cannot communicate with the server"
