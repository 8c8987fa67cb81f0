namespace Chorale.Tests;

/// <summary>Tests that measure the heap of the whole process run alone: the rings and buffers of their neighbours would be counted too.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class MeasuredMemory
{
    public const string Name = "measured memory";
}
