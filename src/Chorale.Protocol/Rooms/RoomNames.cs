namespace Chorale.Protocol.Rooms;

/// <summary>Names of rooms and of their nodes: they stand in topics, in folder names and on the page.</summary>
public static class RoomNames
{
    public const int LengthMax = 64;

    public const string Allowed = "1 to 64 of A-Z a-z 0-9 _ - are allowed";

    public static bool IsValid(ReadOnlySpan<char> name)
    {
        if (name.Length is 0 or > LengthMax) return false;
        foreach (var c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('_' or '-')) return false;
        }

        return true;
    }
}
