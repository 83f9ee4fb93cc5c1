Feature: Credential caching intervals
  VCS keeps the credentials that Unified CM authenticated, so that it need not submit them again and again.

  Background:
    Given a single Control, Expressway, Unified CM and IM&P

  Rule: credentials that Unified CM accepted are cached

    @CACHE-01 @CACHE-02
    Scenario: Alice signs in three times
      Given Alice asks for her edge configuration
      And Alice asks for her edge configuration
      And Alice asks for her edge configuration
      Then the VCS Control has submitted credentials to Unified CM 1 time

    @CACHE-01
    Scenario: Unified CM stops authenticating, Alice is still let in
      Given Alice asks for her edge configuration
      When the Unified CM has "Cisco User Data Services" switched off
      And Alice asks for her edge configuration
      Then the sign-in of Alice gets through "edge-config"

    @CACHE-02
    Scenario: a refused password is asked for each time
      Given Alice asks for her edge configuration with the wrong password
      And Alice asks for her edge configuration with the wrong password
      Then the VCS Control has submitted credentials to Unified CM 2 times
      And Alice receives "401 Unauthorized"

  Rule: the credentials refresh interval is how long they stay in the cache

    @CACHE-04 @CACHE-02
    Scenario: with an interval of 10 minutes the eleventh minute asks Unified CM again
      Given the credentials refresh interval is 10 minutes
      And Alice asks for her edge configuration
      When the clocks advance by 9 minutes
      And Alice asks for her edge configuration
      Then the VCS Control has submitted credentials to Unified CM 1 time
      When the clocks advance by 2 minutes
      And Alice asks for her edge configuration
      Then the VCS Control has submitted credentials to Unified CM 2 times

    @CACHE-04
    Scenario: a changed password: the old one is good until the interval has passed
      Given the credentials refresh interval is 10 minutes
      And Alice asks for her edge configuration
      When the password of Alice is changed to "another-secret"
      And Alice asks for her edge configuration
      Then the sign-in of Alice gets through "edge-config"
      When the clocks advance by 11 minutes
      And Alice asks for her edge configuration
      Then Alice receives "401 Unauthorized"

    @CACHE-04
    Scenario: Alice's cookie ends with her credentials
      Given the credentials refresh interval is 10 minutes
      And Alice asks for her edge configuration
      When Alice opens the policy file by her cookie alone
      Then the answer is 200
      When the clocks advance by 11 minutes
      And Alice opens the policy file by her cookie alone
      Then Alice receives "401 Unauthorized"

    @CACHE-05 @slow
    Scenario: the default is 480 minutes
      Given Alice asks for her edge configuration
      When the clocks advance by 479 minutes
      And Alice asks for her edge configuration
      Then the VCS Control has submitted credentials to Unified CM 1 time
      When the clocks advance by 2 minutes
      And Alice asks for her edge configuration
      Then the VCS Control has submitted credentials to Unified CM 2 times

  Rule: the credentials cleanup interval is how often expired credentials are removed

    @CACHE-06
    Scenario: expired credentials are gone after the next cleanup
      Given the credentials refresh interval is 5 minutes
      And the credentials cleanup interval is 15 minutes
      And Alice asks for her edge configuration
      When the clocks advance by 8 minutes
      Then the VCS Control holds the credentials of 1 user
      When the clocks advance by 8 minutes
      Then the VCS Control holds the credentials of 0 users

    @CACHE-06
    Scenario: an expired entry that waits for the cleanup is not used
      Given the credentials refresh interval is 5 minutes
      And the credentials cleanup interval is 15 minutes
      And Alice asks for her edge configuration
      When the clocks advance by 8 minutes
      And Alice asks for her edge configuration
      Then the VCS Control has submitted credentials to Unified CM 2 times

    @CACHE-07 @slow
    Scenario: the default is 720 minutes
      Given Alice asks for her edge configuration
      When the clocks advance by 719 minutes
      Then the VCS Control holds the credentials of 1 user
      When the clocks advance by 2 minutes
      Then the VCS Control holds the credentials of 0 users

  Rule: a changed interval counts at once

    @CFG-02 @CACHE-04
    Scenario: the administrator shortens the interval
      Given Alice asks for her edge configuration
      And the clocks advance by 9 minutes
      When the administrator sets the credentials refresh interval to 5 minutes
      And Alice asks for her edge configuration
      Then the VCS Control has submitted credentials to Unified CM 2 times

  Rule: a session's cookie is its user's

    Scenario: Alice's cookie does not go with Bob's name
      Given Alice asks for her edge configuration
      When Alice opens the policy file with her cookie and the name of Bob
      Then Alice receives "401 Unauthorized"
      When Alice opens the policy file by her cookie alone
      Then the answer is 200

  Rule: the intervals are advanced settings

    @CACHE-03
    Scenario Outline: the <interval> stands behind Show advanced settings
      Given the deployment runs
      Then "Configuration > Unified Communications > Configuration" on the VCS Control shows "<interval>" only with advanced settings

      Examples:
        | interval                     |
        | Credentials refresh interval |
        | Credentials cleanup interval |
