Feature: NTP servers of remote and mobile devices
  Devices outside have their time from a server they can reach; Unified CM names it in the device's file.

  Background:
    Given a single Control, Expressway, Unified CM and IM&P
    And the deployment runs

  Rule: the server is publicly reachable

    @CUCM-14 @CUCM-15
    Scenario: the public NTP server
      Given Unified CM has the Phone NTP Reference "ntp.example.com"
      And the Date/Time Group "Public" has the Phone NTP Reference "ntp.example.com"
      And the device pool "Remote" has the Date/Time Group "Public"
      And the board room is in the device pool "Remote"
      When the clock of the board room is wrong by 200 seconds
      And the board room signs in
      Then the device file of the board room names the NTP server "ntp.example.com"
      And the public NTP server has given its time to the board room
      And the clock of the board room is right

    @CUCM-14
    Scenario: a server that is known inside only
      Given Unified CM has the Phone NTP Reference "ntp1.example.com"
      And the Date/Time Group "Public" has the Phone NTP Reference "ntp1.example.com"
      And the device pool "Remote" has the Date/Time Group "Public"
      And the board room is in the device pool "Remote"
      When the clock of the board room is wrong by 200 seconds
      And the board room signs in
      Then the device file of the board room names the NTP server "ntp1.example.com"
      And the inside NTP server was not asked by the board room
      And the clock of the board room is still wrong by 200 seconds

  Rule: it gets there by Phone NTP Reference, Date/Time Group and Device Pool

    @CUCM-15
    Scenario: a link is put right after the other
      Given Unified CM has the Phone NTP Reference "ntp.example.com"
      And the device pool "Remote" has the Date/Time Group "CMLocal"
      And the board room is in the device pool "Remote"
      When the board room signs in
      Then the device file of the board room names no NTP server
      When the Date/Time Group "Public" has the Phone NTP Reference "ntp.example.com"
      And the board room signs in
      Then the device file of the board room names no NTP server
      When the device pool "Remote" has the Date/Time Group "Public"
      And the board room signs in
      Then the device file of the board room names the NTP server "ntp.example.com"

    @CUCM-15
    Scenario: the Date/Time Group has no Phone NTP Reference
      Given Unified CM has the Phone NTP Reference "ntp.example.com"
      And the Date/Time Group "Public" has no Phone NTP Reference
      And the device pool "Remote" has the Date/Time Group "Public"
      And the board room is in the device pool "Remote"
      When the board room signs in
      Then the device file of the board room names no NTP server
      And the public NTP server was not asked by the board room

    @CUCM-15
    Scenario: the endpoint is in another device pool
      Given Unified CM has the Phone NTP Reference "ntp.example.com"
      And the Date/Time Group "Public" has the Phone NTP Reference "ntp.example.com"
      And the device pool "Remote" has the Date/Time Group "Public"
      When the board room signs in
      Then the device file of the board room names no NTP server
      And the public NTP server was not asked by the board room

    @CUCM-15
    Scenario: a Date/Time Group cannot name what is no Phone NTP Reference
      When the administrator gives the Date/Time Group "Public" the Phone NTP Reference "ntp.example.com"
      Then Unified CM refuses that: "Phone NTP Reference"
