namespace Chorale.Show.Scenes;

/// <summary>Ids of everything that can be said about a scene file. S0xx are errors, S1xx warnings; each stands in <c>design/scenes.md</c>.</summary>
internal static class SceneRule
{
    public const string NotJson = "S001";
    public const string TooLong = "S002";
    public const string TooDeep = "S003";
    public const string NotUtf8 = "S004";
    public const string KeyTwice = "S005";
    public const string KeyMissing = "S006";
    public const string KeyUnknown = "S007";
    public const string WrongType = "S008";
    public const string WordUnknown = "S009";
    public const string WrongValue = "S010";
    public const string StateUnknown = "S011";
    public const string TooMany = "S012";
    public const string LeavesFolder = "S013";
    public const string BadTopic = "S014";
    public const string BadMessage = "S015";
    public const string TimelessCycle = "S016";
    public const string ActionUnclear = "S017";

    public const string Unreachable = "S101";
    public const string MediaMissing = "S102";
    public const string CueTwice = "S103";
    public const string PayloadTooLong = "S104";
    public const string OutsideRoom = "S105";
    public const string RetainIgnored = "S106";
    public const string NeverTaken = "S107";
    public const string OuterSpace = "S108";
    public const string DelayAfterEvent = "S109";
    public const string EndHasMore = "S110";
    public const string ByteOrderMark = "S111";
    public const string DeadEnd = "S112";
    public const string CueNeverComes = "S113";
    public const string TargetNotPlayed = "S114";
    public const string NoPlayer = "S115";
    public const string KeyWithoutEffect = "S116";
    public const string MediaWords = "S117";
    public const string BooleanMessage = "S118";
    public const string AnyEnd = "S119";
    public const string OwnPublish = "S120";
    public const string KeyLikely = "S121";
    public const string ReservedTopic = "S122";

    /// <summary>What an id says about the severity: the second character.</summary>
    public static Severity SeverityOf(string rule) => rule[1] == '0' ? Severity.Error : Severity.Warning;
}
