Feature: No voicemail service ("403 Forbidden" response)
  Jabber outside works, but voicemail is refused.

  Background:
    Given a single Control, Expressway, Unified CM and IM&P

  Rule: Unity Connection's host name has to be on Control's allow list

    @TRB-VM-01 @ALLOW-02
    Scenario: Unity Connection was forgotten on the allow list
      Given the allow list is empty
      And Alice is signed in
      When Alice asks for voicemail
      Then Alice receives "403 Forbidden"
      And the Unity Connection receives no "GET"
      When the administrator sets the allow list to "cuc1.example.com"
      Then Alice can read the voicemail list
      And the Unity Connection receives "GET /vmrest/mailbox/folders/inbox/messages" from the VCS Control

    @JVPN-09 @PORT-CU-04
    Scenario: with Unity Connection on the list voicemail works
      Given Alice is signed in
      Then Alice can read the voicemail list
      And the VCS Control has connected to port 443 of the Unity Connection

    @TRB-VM-01 @fault:403-voicemail-not-on-allow-list
    Scenario: the field issue from healthy to healthy
      When the field issue "403-voicemail-not-on-allow-list" is reproduced
      Then it is healthy, shows the symptom, and is healthy again
