Feature: Checking and taking diagnostic logs: Jabber for Windows
  Where a field engineer looks for the log and the configuration of Jabber for Windows.

  Background:
    Given a single Control, Expressway, Unified CM and IM&P

  Rule: the log is csf-unified.log in the user's local application data

    @DLOG-01
    Scenario: the log tells of the bind error
      Given Alice is known at another IM&P cluster too
      And the deployment runs
      And the "Cisco Intercluster Sync Agent" of IM&P stops
      When Alice signs in
      Then Alice receives the bind error of the guide
      And the PC of Alice has "C:\Users\<UserID>\AppData\Local\Cisco\Unified Communications\Jabber\CSF\Logs\csf-unified.log" with "onResourceBindError"

    @DLOG-01
    Scenario: nothing is wrong, the log is there and has no error
      Given the Jabber of Alice is release "9.7.0" for Windows
      When Alice signs in
      Then the sign-in of Alice succeeds
      And the PC of Alice has an empty "C:\Users\<UserID>\AppData\Local\Cisco\Unified Communications\Jabber\CSF\Logs\csf-unified.log"

    @DLOG-01
    Scenario: Jabber of another platform has no such log
      Given the Jabber of Alice is release "9.6.1" for iOS
      When Alice signs in
      Then the sign-in of Alice succeeds
      And Alice has no file "C:\Users\<UserID>\AppData\Local\Cisco\Unified Communications\Jabber\CSF\Logs\csf-unified.log"

  Rule: configuration files are in the user's roaming application data

    @DLOG-02
    Scenario: what Unified CM served is kept
      Given the Jabber of Alice is release "9.7.0" for Windows
      When Alice signs in
      Then the Unified CM receives "GET /CSFALICE.cnf.xml" from the VCS Control
      And the PC of Alice has "C:\Users\<UserID>\AppData\Roaming\Cisco\Unified Communications\Jabber\CSF\Config\CSFALICE.cnf.xml" as the Unified CM sent it
      And the PC of Alice has "C:\Users\<UserID>\AppData\Roaming\Cisco\Unified Communications\Jabber\CSF\Config\jabber-config.xml" as the Unified CM sent it

    @DLOG-02
    Scenario: before there was a configuration nothing is kept
      Given the deployment runs
      When Alice signs in with the wrong password
      Then Alice receives "401 Unauthorized"
      And Alice has no file "C:\Users\<UserID>\AppData\Roaming\Cisco\Unified Communications\Jabber\CSF\Config\CSFALICE.cnf.xml"
